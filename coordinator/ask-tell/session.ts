/** One session of asking and telling: each line of JSON is answered by one. */

import { DomainError, ShapeError, UsageError } from '../../shared/domain/errors.js';
import type { Proposal, Proposer } from '../../shared/domain/proposal.js';
import { pathText, shown, suggestion } from '../../shared/schema/fault.js';
import { commandSchemas, type SessionCommand } from '../../shared/schema/report-schema.js';
import { isRecord, schemaFaults } from '../../shared/schema/schema-faults.js';
import type { InputLine } from './read-lines.js';
import type { Study } from './study.js';

/** What is answered, as it is written. */
export type Reply = Readonly<Record<string, unknown>>;

/** A change of a study that a journal keeps: what was proposed, or what the program wrote. */
export type SessionRecord =
  { readonly asked: Proposal } | Exclude<SessionCommand, { readonly ask: number } | { readonly best: true }>;

export interface SessionOptions {
  readonly study: Study;
  readonly proposer: Proposer;
  /** Keeps a change before it is answered. */
  readonly keep: (record: SessionRecord) => void;
}

/** Answers a line; what is wrong with it, or with what it asks for, is an answer too. */
export async function answer(line: InputLine, options: SessionOptions): Promise<Reply> {
  try {
    if ('fault' in line) throw new UsageError(line.fault);
    return await obey(readCommand(line.text), options);
  } catch (error) {
    if (!isAnswerable(error)) throw error;
    return { error: `line ${line.number}: ${error.message}`, line: line.number };
  }
}

/** Errors on purpose, those of the proposer's thread included: they arrive there by name. */
const isAnswerable = (error: unknown): error is Error => error instanceof Error && ANSWERABLE.includes(error.name);

/** What a line asks for cannot be; anything else ends the session. */
const ANSWERABLE: readonly string[] = [UsageError.name, DomainError.name, ShapeError.name];

async function obey(command: SessionCommand, { study, proposer, keep }: SessionOptions): Promise<Reply> {
  if ('best' in command) return { best: study.best(command.task) };
  if (!('ask' in command)) {
    const reply = applyRecord(study, command);
    const isQuestion = 'pending' in command && command.pending.length === 0;
    if (!isQuestion) keep(command);
    return reply;
  }
  const proposal = await proposer.propose(study.request(command.ask, command.task));
  keep({ asked: proposal });
  return applyRecord(study, { asked: proposal });
}

/**
 * Makes a change of a study.
 *
 * @throws {UsageError} if it cannot be made; nothing has changed then.
 */
export function applyRecord(study: Study, record: SessionRecord): Reply {
  if ('asked' in record) {
    const { suggestions, method } = study.accept(record.asked);
    return { asked: suggestions, method };
  }
  if ('tell' in record) return { told: study.tell(record.tell) };
  if ('pending' in record) {
    study.addPending(record.pending);
    return { pending: study.pending() };
  }
  study.forget(record.forget);
  return { forgotten: record.forget };
}

type Word = keyof typeof commandSchemas;
const WORDS = Object.keys(commandSchemas) as readonly Word[];

function readCommand(text: string): SessionCommand {
  const data = parseJson(text);
  if (!isRecord(data)) throw new UsageError(`is ${shown(data)}. Write an object such as {"ask": 1}.`);
  const words = WORDS.filter((word) => Object.hasOwn(data, word));
  const [word] = words;
  if (word === undefined) {
    const [first = ''] = Object.keys(data);
    throw new UsageError(`does not say what to do. ${suggestion(first, WORDS, 'command')}`);
  }
  if (words.length > 1) throw new UsageError(`says ${words.join(' and ')} at once. Write one line for each.`);
  const schema = commandSchemas[word];
  const parsed = schema.safeParse(data);
  if (parsed.success) return parsed.data;
  const faults = schemaFaults(schema, data);
  throw new UsageError(faults.map(({ path, problem, remedy }) => `${pathText(path)}: ${problem}. ${remedy}`).join(' '));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    const reason = error instanceof Error ? error.message.replaceAll(/\s+/g, ' ') : String(error);
    if (/[:[,]\s*-?(NaN|Infinity)\s*[,\]}]/.test(text)) {
      throw new UsageError('NaN and Infinity are not JSON. Tell a run that diverged as {"failure": "diverged"}.');
    }
    throw new UsageError(`is not JSON: ${reason}. Write one JSON object on one line, such as {"ask": 1}.`);
  }
}
