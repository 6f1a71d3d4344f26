import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

import ts from 'typescript';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { inlineProposer } from '../../../coordinator/proposer/inline-proposer.js';
import { propose } from '../../../coordinator/proposer/propose.js';
import { workerProposer } from '../../../coordinator/proposer/worker-proposer.js';
import { EnvironmentError } from '../../../shared/domain/errors.js';
import type { ProposalRequest } from '../../../shared/domain/proposal.js';
import { BRANIN_CURRIN } from './benchmark-problems.js';
import { historyOf, requestFor } from './run-campaign.js';

/** Folders that the thread loads. */
const FOLDERS = [
  'coordinator/linalg',
  'coordinator/pareto',
  'coordinator/proposer',
  'coordinator/space',
  'coordinator/surrogate',
  'shared/domain',
  'shared/runtime',
];
let built: string;
let entry: URL;

/** A thread loads no TypeScript: the folders are stripped of their types into a temporary folder. */
beforeAll(() => {
  built = mkdtempSync(join(tmpdir(), 'proposer-'));
  writeFileSync(join(built, 'package.json'), '{"type":"module"}');
  symlinkSync(join(process.cwd(), 'node_modules'), join(built, 'node_modules'));
  const files = FOLDERS.flatMap((folder) => readdirSync(folder).map((file) => join(folder, file)));
  for (const file of files.filter((name) => name.endsWith('.ts'))) {
    const target = join(built, file.replace(/\.ts$/, '.js'));
    mkdirSync(dirname(target), { recursive: true });
    const compilerOptions = {
      module: ts.ModuleKind.ESNext,
      target: ts.ScriptTarget.ES2022,
      verbatimModuleSyntax: true,
    };
    writeFileSync(target, ts.transpileModule(readFileSync(file, 'utf8'), { compilerOptions }).outputText);
  }
  entry = pathToFileURL(join(built, 'coordinator/proposer/proposer-worker.js'));
});
afterAll(() => rmSync(built, { recursive: true }));

const run = { problem: BRANIN_CURRIN, kind: 'model', seed: 3, start: 6, total: 9 } as const;
const request = (): ProposalRequest => requestFor(run, historyOf(run, 8));

test('the thread gives the same proposal as the function, bit by bit, and so does the inline proposer', async () => {
  const proposer = workerProposer(entry);
  const expected = propose(request());
  expect(expected.method).toContain('hypervolume');
  expect(await proposer.propose(request())).toStrictEqual(expected);
  expect(await inlineProposer().propose(request())).toStrictEqual(expected);
  await proposer.close();
});

test('several requests at once are each answered with their own', async () => {
  const proposer = workerProposer(entry);
  const requests = [1, 2, 3].map((index) => ({ ...request(), history: [], index }));
  const answers = await Promise.all(requests.map((each) => proposer.propose(each)));
  expect(answers).toStrictEqual(requests.map(propose));
  await proposer.close();
});

test('an error in the thread is an error of that request only', async () => {
  const proposer = workerProposer(entry);
  const broken = { ...request(), space: { parameters: [], constraints: ['nonsense'] } };
  await expect(proposer.propose(broken)).rejects.toThrow('unknown parameter "nonsense"');
  expect((await proposer.propose({ ...request(), history: [] })).configurations).toHaveLength(1);
  await proposer.close();
});

test('closing ends a thought at once and refuses later ones', async () => {
  const proposer = workerProposer(entry);
  const thinking = proposer.propose({ ...request(), count: 10_000 });
  const rejected = expect(thinking).rejects.toThrow(EnvironmentError);
  await proposer.close();
  await rejected;
  await expect(proposer.propose(request())).rejects.toThrow('closed');
});

test('a thought that is called off ends at once, and what was asked after it is answered', async () => {
  const proposer = workerProposer(entry);
  const [endless, unwanted] = [new AbortController(), new AbortController()];
  const thinking = proposer.propose({ ...request(), count: 10_000 }, endless.signal);
  const waiting = proposer.propose({ ...request(), count: 10_000 }, unwanted.signal);
  const next = proposer.propose({ ...request(), history: [] });
  const ends = [thinking, waiting].map((each) => expect(each).rejects.toThrow('called off'));
  unwanted.abort();
  endless.abort();
  await Promise.all(ends);
  expect(await next).toStrictEqual(propose({ ...request(), history: [] }));
  await expect(proposer.propose(request(), endless.signal)).rejects.toThrow('called off');
  await proposer.close();
});

test('a signal that comes after the answer changes nothing', async () => {
  const proposer = workerProposer(entry);
  const late = new AbortController();
  const answer = await proposer.propose({ ...request(), history: [] }, late.signal);
  const next = proposer.propose({ ...request(), history: [] });
  late.abort();
  expect(await next).toStrictEqual(answer);
  await proposer.close();
});

test('a thread that cannot start rejects its request', async () => {
  const proposer = workerProposer(pathToFileURL(join(built, 'missing.js')));
  await expect(proposer.propose(request())).rejects.toThrow(EnvironmentError);
  await proposer.close();
});
