/** Turns what a zod schema refuses into faults with path, problem and remedy. */

import { z } from 'zod';

import type { FaultPath, PathFault } from './fault.js';
import { keyFault, nearest, pathText, shown, suggestion, valueFault } from './fault.js';

type Issue = z.core.$ZodIssue;
type Schema = z.core.$ZodType;

/** Every fault of `data` against a schema; empty when it is accepted. */
export function schemaFaults(schema: Schema, data: unknown): PathFault[] {
  const result = z.safeParse(schema, data);
  if (result.success) return [];
  const faults = faultsOf(result.error.issues, { schema, data, base: [] });
  return faults.filter((fault) => !isExplained(fault, faults));
}

/** A key that is missing because it was misspelt is one fault, not two. */
function isExplained({ path, problem }: PathFault, faults: readonly PathFault[]): boolean {
  if (problem !== MISSING) return false;
  return faults.some(
    (other) =>
      other.problem === UNKNOWN &&
      pathText(other.path.slice(0, -1)) === pathText(path.slice(0, -1)) &&
      nearest(String(other.path.at(-1)), [String(path.at(-1))]) !== undefined,
  );
}

const MISSING = 'is missing';
const UNKNOWN = 'is not known here';

/** What issues are about: their paths count from `base`. */
interface Context {
  /** Absent where no schema is known for the path. */
  readonly schema: Schema | undefined;
  readonly data: unknown;
  readonly base: FaultPath;
}

const faultsOf = (issues: readonly Issue[], context: Context): PathFault[] =>
  issues.filter((issue) => !isLooser(issue, issues)).flatMap((issue) => faultsOfIssue(issue, context));

/** Whole numbers have a bound of their own beside the one that was asked for. */
const isLooser = (issue: Issue, issues: readonly Issue[]): boolean =>
  issue.code === 'too_big' &&
  issues.some(
    (other) =>
      other.code === 'too_big' && other.maximum < issue.maximum && other.path.join('.') === issue.path.join('.'),
  );

function faultsOfIssue(issue: Issue, { schema, data, base }: Context): PathFault[] {
  const inner = issue.path.map((key) => (typeof key === 'symbol' ? String(key) : key));
  const path = [...base, ...inner];
  const target = { schema: schemaAt(schema, data, inner), data: valueAt(data, inner), base: path };
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => keyFault([...path, key], UNKNOWN, suggestion(key, keysOf(target.schema), 'key')));
    case 'invalid_union':
      return 'discriminator' in issue ? [wordFault(path, target)] : unionFaults(target);
    case 'invalid_key':
      return [
        keyFault(path, 'is not a usable name', metaText(keySchemaOf(schemaAt(schema, data, inner.slice(0, -1))))),
      ];
    case 'invalid_value':
      return [wordFault(path, target)];
    default:
      return [valueFault(path, problemOf(issue, target.data), remedyOf(target.schema))];
  }
}

/** A word that is none of the words allowed there; also the word that tells the forms of a block apart. */
function wordFault(path: FaultPath, { schema, data }: Context): PathFault {
  const words = wordsOf(schema);
  const list = `Write one of: ${words.join(', ')}.`;
  if (data === undefined) return valueFault(path, MISSING, list);
  const near = typeof data === 'string' ? nearest(data, words) : undefined;
  return valueFault(path, `is ${shown(data)}`, near === undefined ? list : `Did you mean "${near}"? ${list}`);
}

/** Faults of the form that was most likely meant; of the block as a whole when no form is near. */
function unionFaults({ schema, data, base }: Context): PathFault[] {
  const best = closestOption(schema, data);
  const known = best && keysOf(best);
  const recognised =
    known && isRecord(data)
      ? Object.keys(data).some((key) => known.includes(key)) || Object.keys(data).every((key) => isMeant(key, known))
      : Array.isArray(data);
  if (!best || !recognised || shapeIsWrong(best, data)) {
    const without = isRecord(data) ? ' without any key known here' : '';
    return [valueFault(base, data === undefined ? MISSING : `is ${shown(data)}${without}`, remedyOf(schema))];
  }
  const result = z.safeParse(best, data);
  return result.success ? [] : faultsOf(result.error.issues, { schema: best, data, base });
}

/** A key of the form, or one that is near enough to be meant for it. */
const isMeant = (key: string, known: readonly string[]): boolean =>
  known.includes(key) || nearest(key, known) !== undefined;

const shapeIsWrong = (schema: Schema, data: unknown): boolean => penalty(schema, data) >= WRONG_SHAPE;

const WRONG_SHAPE = 1000;

/** How far data is from a schema: 0 fits; unknown keys of the block itself weigh most, because they tell forms apart. */
function penalty(schema: Schema, data: unknown): number {
  const result = z.safeParse(schema, data);
  if (result.success) return 0;
  return result.error.issues
    .map((issue) => {
      if (issue.path.length > 0) return 1;
      if (issue.code !== 'unrecognized_keys') return WRONG_SHAPE;
      return issue.keys.reduce((sum, key) => sum + (isMeant(key, keysOf(schema)) ? 2 : 3), 0);
    })
    .reduce((sum, points) => sum + points, 0);
}

function closestOption(schema: Schema | undefined, data: unknown): Schema | undefined {
  return optionsOf(schema)
    .map((option) => ({ option, points: penalty(option, data) }))
    .sort((a, b) => a.points - b.points)[0]?.option;
}

function problemOf(issue: Issue, data: unknown): string {
  if (data === undefined) return MISSING;
  switch (issue.code) {
    case 'invalid_type':
      return `is ${shown(data)}, but must be ${TYPE_WORDS[issue.expected] ?? issue.expected}`;
    case 'too_small':
      return typeof data === 'number'
        ? `is ${data}, but must be ${issue.inclusive === false ? 'above' : 'at least'} ${issue.minimum}`
        : 'is empty';
    case 'too_big':
      return typeof data === 'number'
        ? `is ${data}, but must be ${issue.inclusive === false ? 'below' : 'at most'} ${issue.maximum}`
        : 'is too long';
    case 'custom':
    case 'invalid_format':
      return issue.message.startsWith('must ') ? `is ${shown(data)}, but ${issue.message}` : unreadable(data);
    case 'not_multiple_of':
      return `is ${shown(data)}, but ${issue.message.startsWith('must ') ? issue.message : `must be a multiple of ${issue.divisor}`}`;
    default:
      return unreadable(data);
  }
}

const unreadable = (data: unknown): string => `is ${shown(data)}, which cannot be read`;

const TYPE_WORDS: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping',
  record: 'a mapping',
};

/** The schema's own remedy, else its first example. */
function remedyOf(schema: Schema | undefined): string {
  const own = metaText(schema);
  if (own !== '') return own;
  const words = wordsOf(schema);
  if (words.length > 0) return `Write one of: ${words.join(', ')}.`;
  const examples = metaOf(schema)['examples'];
  if (Array.isArray(examples) && examples.length > 0) return `Write for example ${inline(examples[0])}.`;
  return rangeText(bare(schema)) ?? 'See docs/campaign-file.md.';
}

function rangeText(schema: Schema | undefined): string | undefined {
  if (!(schema instanceof z.ZodNumber) || schema.minValue === null || schema.maxValue === null) return undefined;
  return `Write a number from ${schema.minValue} to ${schema.maxValue}.`;
}

function metaText(schema: Schema | undefined): string {
  const remedy = metaOf(schema)['remedy'];
  return typeof remedy === 'string' ? remedy : '';
}

/** Metadata of a schema and of the schema that it makes optional. */
function metaOf(schema: Schema | undefined): Readonly<Record<string, unknown>> {
  if (!schema) return {};
  const own = z.globalRegistry.get(schema) ?? {};
  return schema instanceof z.ZodOptional ? { ...metaOf(schema.unwrap()), ...own } : own;
}

/** A value as it would be written in YAML on one line. */
function inline(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(inline).join(', ')}]`;
  if (typeof value === 'string') return PLAIN.test(value) ? value : JSON.stringify(value);
  if (!isRecord(value)) return String(value);
  return `{${Object.entries(value)
    .map(([key, entry]) => `${key}: ${inline(entry)}`)
    .join(', ')}}`;
}

/** Texts that need no quotes in YAML. */
const PLAIN = /^[A-Za-z][\w.-]*$/;

const bare = (schema: Schema | undefined): Schema | undefined =>
  schema instanceof z.ZodOptional ? bare(schema.unwrap()) : schema;

const optionsOf = (schema: Schema | undefined): readonly Schema[] => {
  const inner = bare(schema);
  return inner instanceof z.ZodUnion || inner instanceof z.ZodDiscriminatedUnion ? inner.options : [];
};

function keysOf(schema: Schema | undefined): readonly string[] {
  const inner = bare(schema);
  return inner instanceof z.ZodObject ? Object.keys(inner.shape) : [];
}

function keySchemaOf(schema: Schema | undefined): Schema | undefined {
  const inner = bare(schema);
  return inner instanceof z.ZodRecord ? inner.keyType : undefined;
}

/** Words of an enumeration or literal, or those that tell the forms of a block apart. */
function wordsOf(schema: Schema | undefined): readonly string[] {
  const inner = bare(schema);
  if (inner instanceof z.ZodEnum) return inner.options.map(String);
  if (inner instanceof z.ZodLiteral) return [...inner.values].map(String);
  return [];
}

/** The schema of the value that `path` leads to. */
function schemaAt(schema: Schema | undefined, data: unknown, path: FaultPath): Schema | undefined {
  const [key, ...rest] = path;
  const inner = bare(schema);
  if (key === undefined || !inner) return schema;
  if (inner instanceof z.ZodDiscriminatedUnion && key === inner.def.discriminator) {
    return z.enum(optionsOf(inner).flatMap((option) => wordsOf(childOf(option, key))));
  }
  if (optionsOf(inner).length > 0) return schemaAt(closestOption(inner, data), data, path);
  return schemaAt(childOf(inner, key), valueAt(data, [key]), rest);
}

function childOf(schema: Schema, key: string | number): Schema | undefined {
  if (schema instanceof z.ZodObject) return (schema.shape as Readonly<Record<string, Schema>>)[key];
  if (schema instanceof z.ZodRecord) return schema.valueType;
  return schema instanceof z.ZodArray ? schema.element : undefined;
}

/** The value that `path` leads to; `undefined` where there is none. */
function valueAt(data: unknown, path: FaultPath): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      isRecord(value) || Array.isArray(value) ? (value as Record<string | number, unknown>)[key] : undefined,
    data,
  );
}

/** True for a mapping with keys, such as YAML and JSON give. */
export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
