/** Metrics of plain programs: out of a JSON file that they write, or out of what they print. */

import { closeSync, constants, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { resolve } from 'node:path';

import type { MetricSource } from '../../shared/domain/campaign.js';
import { lastMatch } from './bounded-pattern.js';
import { parseLooseJson, parseNumber } from './loose-json.js';

export interface MetricFiles {
  /** The metrics found; a missing one has its reason in `missing`. Values may be NaN or infinite. */
  read(output: string): MetricsFound;
}

export interface MetricsFound {
  readonly metrics: Readonly<Record<string, number>>;
  /** One sentence for each metric that was not found. */
  readonly missing: Readonly<Record<string, string>>;
}

const MAX_FILE_BYTES = 16 * 2 ** 20;

type Found = { readonly value: number } | { readonly missing: string };

/**
 * Prepares to read the metrics of one trial: call before its program starts, so that a file that an earlier program left
 * behind is told from a new one.
 *
 * @param sources - paths already with their values; relative ones count from `folder`.
 */
export function metricFiles(sources: Readonly<Record<string, MetricSource>>, folder: string): MetricFiles {
  const before = new Map<string, string>();
  for (const source of Object.values(sources)) {
    if (source.kind === 'json-file') before.set(source.path, fileVersion(resolve(folder, source.path)));
  }
  const find = (source: MetricSource, output: string): Found => {
    if (source.kind === 'pattern') return fromOutput(source.pattern, output);
    return fromFile(resolve(folder, source.path), source.key, before.get(source.path) ?? 'none');
  };
  return {
    read(output) {
      const found = Object.entries(sources).map(([name, source]) => [name, find(source, output)] as const);
      return {
        metrics: Object.fromEntries(found.flatMap(([name, f]) => ('value' in f ? [[name, f.value]] : []))),
        missing: Object.fromEntries(found.flatMap(([name, f]) => ('missing' in f ? [[name, f.missing]] : []))),
      };
    },
  };
}

/** Tells two states of a file apart without any clock. */
function fileVersion(path: string): string {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false });
  return found ? `${found.ino}/${found.size}/${found.mtimeNs}/${found.ctimeNs}` : 'none';
}

function fromFile(path: string, key: string, before: string): Found {
  try {
    const now = fileVersion(path);
    if (now === 'none') return { missing: `the file ${path} was not written` };
    if (now === before) return { missing: `the file ${path} is older than this trial` };
    const text = readBounded(path);
    if (text === 'no-file') return { missing: `${path} is no regular file` };
    if (text === 'too-large') return { missing: `the file ${path} is larger than 16 MiB` };
    const content = parseLooseJson(text.content);
    if (content === undefined) return { missing: `the file ${path} is not JSON` };
    const value = parseNumber(valueAt(content, key));
    return value === undefined ? { missing: `the file ${path} has no number at ${key}` } : { value };
  } catch (error) {
    return { missing: `the file ${path} cannot be read (${(error as NodeJS.ErrnoException).code})` };
  }
}

/** A pipe or a device in the file's place must neither block nor go on for ever. */
function readBounded(path: string): { readonly content: string } | 'no-file' | 'too-large' {
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    if (!fstatSync(file).isFile()) return 'no-file';
    const bytes = Buffer.allocUnsafe(Math.min(fstatSync(file).size, MAX_FILE_BYTES) + 1);
    let length = 0;
    for (let read = -1; read !== 0 && length < bytes.length; length += read)
      read = readSync(file, bytes, length, bytes.length - length, null);
    return length > MAX_FILE_BYTES ? 'too-large' : { content: bytes.toString('utf8', 0, length) };
  } finally {
    closeSync(file);
  }
}

/** The value under a key as written, else under its parts between dots; list items count from 0. */
function valueAt(content: unknown, key: string): unknown {
  if (typeof content !== 'object' || content === null) return undefined;
  if (Object.hasOwn(content, key)) return (content as Record<string, unknown>)[key];
  const dots = [...key.matchAll(/\./g)].map(({ index }) => index);
  for (const dot of dots) {
    const head = key.slice(0, dot);
    if (!Object.hasOwn(content, head)) continue;
    const value = valueAt((content as Record<string, unknown>)[head], key.slice(dot + 1));
    if (value !== undefined) return value;
  }
  return undefined;
}

function fromOutput(pattern: string, output: string): Found {
  const found = lastMatch(pattern, output);
  if (found.kind === 'fault') return { missing: `the pattern ${pattern} ${found.message}` };
  if (found.value === undefined) return { missing: `nothing in the output matches ${pattern}` };
  const value = parseNumber(found.value);
  return value === undefined ? { missing: `${pattern} matches no number` } : { value };
}
