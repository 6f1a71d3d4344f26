/** Checks the data of a file that a person wrote: its form, what must hold between its blocks, and its constraints. */

import type { z } from 'zod';

import type { Configuration } from '../domain/configuration.js';
import type { Parameter } from '../domain/search-space.js';
import { buildParameter } from './build-space.js';
import type { CampaignPart } from './campaign-schema.js';
import type { Fault, PathFault } from './fault.js';
import { valueFault } from './fault.js';
import { firstFaults } from './first-checks.js';
import { isRecord, schemaFaults } from './schema-faults.js';
import type { YamlSource } from './yaml-source.js';

/** What a check of constraints may look at. */
export interface ConstraintRequest {
  /** Parameters whose form is right. */
  readonly parameters: readonly Parameter[];
  /** Names of those whose form is wrong. */
  readonly malformed: readonly string[];
  readonly constraints: readonly string[];
  /** Configurations to be tried first that are right but for constraints, with their indices in the file. */
  readonly first: readonly { readonly index: number; readonly configuration: Configuration }[];
  /** Whether nothing else is wrong with the space. */
  readonly isSound: boolean;
}

/** Checks constraints; the paths of its faults begin with `constraints` or `proposer.first`. */
export type ConstraintCheck = (request: ConstraintRequest) => readonly PathFault[];

/** A kind of file: blocks of a campaign file, all of them or some. */
export interface FileForm<File extends CampaignPart> {
  readonly schema: z.ZodType<File>;
  /** The same with every block optional. */
  readonly partial: z.ZodType<CampaignPart>;
  /** What to do about a file without content. */
  readonly remedy: string;
  /** Faults between blocks; `declared` are the names of all parameters in the file. */
  crossFaults(part: CampaignPart, declared: readonly string[]): readonly PathFault[];
}

export interface CheckedFile<File> {
  /** Present when the form of everything is right. */
  readonly file?: File;
  readonly faults: readonly PathFault[];
}

/** Every fault of `data`, and the file where its form is right. */
export function checkFile<File extends CampaignPart>(
  data: unknown,
  { schema, partial, remedy, crossFaults }: FileForm<File>,
  checkConstraints?: ConstraintCheck,
): CheckedFile<File> {
  if (data === null || data === undefined) return { faults: [valueFault([], 'the file is empty', remedy)] };
  if (!isRecord(data)) return { faults: [valueFault([], 'the file does not hold keys and values', remedy)] };
  const formal = schemaFaults(schema, data);
  const whole = schema.safeParse(data);
  const part: CampaignPart = whole.success ? whole.data : salvage(data, formal, partial);
  const declared = isRecord(data['space']) ? Object.keys(data['space']) : [];
  const faults = [...formal, ...crossFaults(part, declared)];
  const constraints = checkConstraints?.(constraintRequest(part, declared, faults)) ?? [];
  return { ...(whole.success ? { file: whole.data } : {}), faults: [...faults, ...constraints] };
}

function constraintRequest(
  file: CampaignPart,
  declared: readonly string[],
  faults: readonly PathFault[],
): ConstraintRequest {
  const parameters = Object.entries(file.space ?? {}).map(([name, input]) => buildParameter(name, input));
  return {
    parameters,
    malformed: declared.filter((name) => !Object.hasOwn(file.space ?? {}, name)),
    constraints: file.constraints ?? [],
    first: firstFaults(file, declared).sound,
    isSound: file.space !== undefined && !faults.some(({ path }) => path[0] === 'space'),
  };
}

/** Blocks in which one malformed entry leaves the others readable. */
const ENTRY_BLOCKS: readonly unknown[] = ['space', 'objectives', 'metrics'];

/** The part of the file whose form is right, so that what lies between its blocks is checked in the same go. */
function salvage(
  data: Readonly<Record<string, unknown>>,
  faults: readonly PathFault[],
  partial: z.ZodType<CampaignPart>,
): CampaignPart {
  const rest: Record<string, unknown> = { ...data };
  for (const { path } of faults) {
    const [block, entry] = path;
    if (typeof block !== 'string') continue;
    const left = withoutEntry(block, rest[block], entry);
    if (left === undefined) delete rest[block];
    else rest[block] = left;
  }
  const result = partial.safeParse(rest);
  return result.success ? result.data : {};
}

/** The block without one entry; `undefined` where nothing readable is left. */
function withoutEntry(block: string, entries: unknown, entry: string | number | undefined): unknown {
  if (!ENTRY_BLOCKS.includes(block) || typeof entry !== 'string' || !isRecord(entries)) return undefined;
  const left = Object.entries(entries).filter(([name]) => name !== entry);
  return left.length > 0 ? Object.fromEntries(left) : undefined;
}

/** More faults than this help nobody. */
const MOST_FAULTS = 100;

/** The faults with their places in the text, in the order of lines. */
export function placed(faults: readonly PathFault[], source: YamlSource): readonly Fault[] {
  const all = [...source.faults, ...faults.slice(0, MOST_FAULTS).map((fault) => source.place(fault))];
  const unique = [...new Map(all.map((fault) => [JSON.stringify(fault), fault])).values()];
  const sorted = unique.sort((a, b) => a.line - b.line || a.column - b.column);
  const more = faults.length - MOST_FAULTS;
  if (more <= 0) return sorted;
  const last = { line: sorted.at(-1)?.line ?? 1, column: 1, path: '' };
  return [...sorted, { ...last, problem: `there are ${more} more faults`, remedy: 'Mend these first.' }];
}

/** The value, frozen with everything in it. */
export function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) Object.values(value).forEach(deepFreeze);
  return Object.freeze(value);
}
