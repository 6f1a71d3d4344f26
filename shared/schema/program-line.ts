/** Reads a line of a program, or says what is wrong with it in the words of the trial protocol. */

import { z } from 'zod';

import { programLineSchema, type ProgramLine } from './trial-protocol.js';

type Issue = Parameters<z.core.$ZodErrorMap>[0];

const SHOWN_FAULTS = 3;
const MAX_NAMES_LENGTH = 200;

/** The line, or its faults; never its values: they may be sealed. */
export function readProgramLine(value: unknown): ProgramLine | string {
  const result = programLineSchema.safeParse(value, { error: wordsOf });
  if (result.success) return result.data;
  const faults = result.error.issues.map(({ path, message }) => `${path.join('.') || 'the line'} ${message}`);
  return faults
    .slice(0, SHOWN_FAULTS)
    .join('; ')
    .slice(0, SHOWN_FAULTS * MAX_NAMES_LENGTH);
}

function wordsOf(issue: Issue): string {
  if (issue.input === undefined && issue.code !== 'unrecognized_keys') return 'is missing';
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${TYPES[issue.expected] ?? issue.expected}`;
    case 'invalid_value':
      return `must be ${issue.values.map(String).join(' or ')}`;
    case 'invalid_union':
      return unionWords(issue.inst);
    case 'too_small':
      return issue.origin === 'string' ? 'must not be empty' : `must be ${above(issue)} ${issue.minimum}`;
    case 'too_big':
      return `must be at most ${issue.maximum}`;
    case 'unrecognized_keys':
      return `has a field too many: ${issue.keys.join(', ')}`.slice(0, MAX_NAMES_LENGTH);
    case 'invalid_key':
      return 'must not be empty';
    default:
      return 'cannot be read';
  }
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  object: 'a mapping of names to values',
  record: 'a mapping of names to values',
};

const above = ({ inclusive }: { readonly inclusive?: boolean | undefined }): string =>
  inclusive === false ? 'above' : 'at least';

/** Several forms of one value say in their own words what they are; otherwise it is the kind of line that is unknown. */
function unionWords(schema: unknown): string {
  const words = schema instanceof z.ZodUnion ? schema.meta()?.['words'] : undefined;
  return typeof words === 'string' ? `must be ${words}` : `must be ${LINE_TYPES.join(', ')}`;
}

const LINE_TYPES = programLineSchema.options.map(({ shape }) => shape.type.value);
