/** `ecopt ask-tell`: configurations for programs that run trials themselves, as JSON lines. */

import { UsageError } from '../../shared/domain/errors.js';
import { interruptedStatus } from '../../shared/runtime/interruptions.js';
import { renderFault } from '../../shared/schema/fault.js';
import { parseStudy } from '../../shared/schema/study-schema.js';
import { openJournal, type Journal } from '../ask-tell/journal.js';
import { readLines } from '../ask-tell/read-lines.js';
import { answer, type Reply, type SessionOptions } from '../ask-tell/session.js';
import { Study } from '../ask-tell/study.js';
import { checkConstraints } from '../campaign/check-constraints.js';
import { readCampaignText } from '../campaign/load.js';
import { workerProposer } from '../proposer/worker-proposer.js';
import { counted } from './campaign-text.js';
import { aborted, EXIT } from './command-context.js';
import type { CommandContext } from './command-context.js';

export interface AskTellFlags {
  readonly journal?: string;
}

export interface AskTellContext extends CommandContext {
  readonly stdin: NodeJS.ReadStream;
}

/** Answers line by line until the input ends, or nobody reads the answers any more. */
export async function askTellCommand(file: string, flags: AskTellFlags, context: AskTellContext): Promise<number> {
  const { stdin, interrupted } = context;
  const study = await loadStudy(file);
  using journal = flags.journal === undefined ? undefined : openJournal(flags.journal, study);
  greet(context, study, journal);
  const proposer = workerProposer();
  const serving = serve({ study, proposer, keep: (record) => journal?.append(record) }, context);
  serving.catch(() => undefined);
  try {
    return await Promise.race([serving, aborted(interrupted).then(() => interruptedStatus(interrupted))]);
  } finally {
    stdin.destroy();
    await proposer.close();
  }
}

async function loadStudy(file: string): Promise<Study> {
  const parsed = parseStudy(await readCampaignText(file), checkConstraints);
  if (parsed.ok) return new Study(parsed.definition);
  throw new UsageError(parsed.faults.map((fault) => renderFault(file, fault)).join('\n'), { faults: parsed.faults });
}

/** For a person who typed the command; programs need it not. */
function greet({ stderr }: AskTellContext, { definition }: Study, journal: Journal | undefined): void {
  if (!stderr.isTTY) return;
  const { space, objectives } = definition;
  const parts = `${counted(space.parameters.length, 'parameter')}, ${counted(objectives.length, 'objective')}`;
  const earlier = journal ? `, ${counted(journal.restored, 'change')} from the journal` : '';
  stderr.write(`ecopt ask-tell: ${parts}${earlier}; one JSON object per line, such as {"ask": 1}; Ctrl-D ends\n`);
}

/** @returns 0, or 1 when a line was answered with an error. */
async function serve(options: SessionOptions, { stdin, stdout }: AskTellContext): Promise<number> {
  let status: number = EXIT.done;
  const write = writer(stdout);
  for await (const line of readLines(stdin as AsyncIterable<Uint8Array>)) {
    const reply = await answer(line, options);
    if ('error' in reply) status = EXIT.failed;
    if (!(await write(reply))) break;
  }
  return status;
}

/** Writes replies no faster than they are read; false when nobody reads them any more. */
function writer(stdout: NodeJS.WriteStream): (reply: Reply) => Promise<boolean> {
  let isOpen = true;
  let wake = (): void => undefined;
  stdout.on('error', () => {
    isOpen = false;
    wake();
  });
  stdout.on('drain', () => wake());
  return async (reply) => {
    const isTaken = !isOpen || stdout.write(`${JSON.stringify(reply)}\n`);
    if (!isTaken) await new Promise<void>((resolve) => (wake = resolve));
    return isOpen;
  };
}
