/** What is made from the schema of the campaign file: the JSON Schema for editors and the table of all keys. */

import { z } from 'zod';

import { readYaml } from '../../../shared/schema/yaml-source.js';
import { campaignFileSchema } from '../../../shared/schema/campaign-schema.js';
import {
  LANGUAGE_MODEL_DEFAULTS,
  LANGUAGE_MODEL_METRICS,
  LANGUAGE_MODEL_WINDOWS,
  languageModelOptionsSchema,
} from '../../../shared/schema/language-model-schema.js';

/** A node of the JSON Schema, as far as the table reads it. */
export interface SchemaNode {
  readonly type?: string;
  readonly description?: string;
  readonly examples?: readonly unknown[];
  readonly default?: unknown;
  readonly enum?: readonly string[];
  readonly const?: unknown;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: SchemaNode | boolean;
  readonly anyOf?: readonly SchemaNode[];
  readonly oneOf?: readonly SchemaNode[];
  readonly items?: SchemaNode;
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
  readonly multipleOf?: number;
}

/** The JSON Schema (draft 7, which editors understand best). */
export function campaignJsonSchema(): SchemaNode {
  return z.toJSONSchema(campaignFileSchema.meta({ title: 'ECOpt campaign' }), {
    target: 'draft-7',
    io: 'input',
    override: ({ jsonSchema }) => {
      delete jsonSchema['remedy'];
    },
  }) as SchemaNode;
}

/** A key of the campaign file, such as `space.NAME.low`. */
export interface KeyRow {
  readonly path: string;
  readonly node: SchemaNode;
  readonly isRequired: boolean;
}

/** All keys in the order of the schema; one that means different things in different forms stands once for each. */
export function campaignKeys(): readonly KeyRow[] {
  const rows = rowsOf(campaignJsonSchema(), '');
  return rows.filter(
    ({ path, node }, i) =>
      rows.findIndex((row) => row.path === path && row.node.description === node.description) === i,
  );
}

function rowsOf(node: SchemaNode, prefix: string): KeyRow[] {
  const named = Object.entries(node.properties ?? {}).flatMap(([key, child]) => {
    const path = prefix === '' ? key : `${prefix}.${key}`;
    return [{ path, node: child, isRequired: node.required?.includes(key) ?? false }, ...rowsOf(child, path)];
  });
  const entry =
    typeof node.additionalProperties === 'object' ? rowsOf(node.additionalProperties, `${prefix}.NAME`) : [];
  const forms = [...(node.anyOf ?? []), ...(node.oneOf ?? [])].flatMap((form) => rowsOf(form, prefix));
  return [...named, ...entry, ...forms];
}

/** The table of all keys as Markdown. */
export function campaignTable(): string {
  const rows = campaignKeys().map(({ path, node, isRequired }) => {
    const fallback = node.default === undefined || node.default === '' ? '' : ` Default: \`${inline(node.default)}\`.`;
    const words =
      node.enum && node.enum.length > 0 ? ` One of: ${node.enum.map((word) => `\`${word}\``).join(', ')}.` : '';
    const example = node.examples?.[0] === undefined ? '' : `\`${inline(node.examples[0])}\``;
    const text = `${node.description ?? ''}${words}${fallback}`.replaceAll('|', '\\|');
    return `| \`${path}\`${isRequired ? ' *' : ''} | ${text} | ${example.replaceAll('|', '\\|')} |`;
  });
  return ['| key | meaning | example |', '| --- | --- | --- |', ...rows].join('\n');
}

/** Options, metrics and windows of the built-in trainer as Markdown. */
export function trainerTables(): string {
  const { properties = {} } = z.toJSONSchema(languageModelOptionsSchema, {
    target: 'draft-7',
    io: 'input',
  }) as SchemaNode;
  const defaults: Readonly<Record<string, number>> = LANGUAGE_MODEL_DEFAULTS;
  const options = Object.entries(properties).map(
    ([name, node]) => `| \`${name}\` | ${defaults[name]} | ${limits(node)} |`,
  );
  const metrics = Object.entries(LANGUAGE_MODEL_METRICS).map(([name, unit]) => `\`${name}\` (${unit})`);
  const windows = LANGUAGE_MODEL_WINDOWS.map(({ kind, label }) =>
    label === '' ? `\`${kind}\`` : `\`${kind}\` with label \`${label}\``,
  );
  return [
    ...['| option | default | allowed |', '| --- | --- | --- |', ...options],
    ...['', `Metrics: ${metrics.join(', ')}.`, '', `Windows, each counting \`token\`: ${windows.join(', ')}.`],
  ].join('\n');
}

function limits({ type, minimum, exclusiveMinimum, maximum, multipleOf }: SchemaNode): string {
  const low = minimum === undefined ? `above ${exclusiveMinimum}` : `${minimum}`;
  const kind = type === 'integer' ? 'whole, ' : '';
  return `${kind}${low} to ${maximum}${multipleOf === undefined ? '' : `, a multiple of ${multipleOf}`}`;
}

export function inline(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(inline).join(', ')}]`;
  if (typeof value === 'string') return isPlain(value) ? value : `'${value}'`;
  if (typeof value !== 'object' || value === null) return String(value);
  const entries = Object.entries(value).map(([key, entry]) => `${key}: ${inline(entry)}`);
  return `{${entries.join(', ')}}`;
}

/** True for a text that YAML reads as what it is, also within brackets. */
function isPlain(text: string): boolean {
  const yaml = readYaml(`entries: [${text}]`);
  return yaml.ok && JSON.stringify(yaml.source.data) === JSON.stringify({ entries: [text] });
}
