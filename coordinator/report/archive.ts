/** Writes a report beside its JSON and CSV; a reader never sees a half-written file. */

import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { EnvironmentError } from '../../shared/domain/errors.js';
import { renderCsv } from './render-csv.js';
import { renderHtml } from './render-html.js';
import type { ReportData } from './report-data.js';

/** Absolute paths of what was written. */
export interface ArchivedReport {
  readonly html: string;
  readonly json: string;
  readonly csv: string;
}

/**
 * Writes `report.html`, `report.json` and `trials.csv` into a folder, which is made when it is missing.
 *
 * @throws {EnvironmentError} when the folder cannot be written.
 */
export async function archiveReport(data: ReportData, folder: string): Promise<ArchivedReport> {
  const path = (name: string): string => resolve(join(folder, name));
  const files = { html: path('report.html'), json: path('report.json'), csv: path('trials.csv') };
  try {
    await mkdir(folder, { recursive: true });
    await replace(files.json, `${JSON.stringify(data, undefined, 2)}\n`);
    await replace(files.csv, renderCsv(data));
    await replace(files.html, renderHtml(data));
  } catch (cause) {
    if (!isFileError(cause)) throw cause;
    throw new EnvironmentError(`cannot write the report into ${resolve(folder)}: ${cause.message}`, {}, { cause });
  }
  return files;
}

async function replace(path: string, text: string): Promise<void> {
  const draft = `${path}.${process.pid}.tmp`;
  try {
    await writeFile(draft, text, { flush: true });
    await rename(draft, path);
  } finally {
    await rm(draft, { force: true });
  }
}

const isFileError = (cause: unknown): cause is NodeJS.ErrnoException => cause instanceof Error && 'syscall' in cause;
