/** The folders of this agent's trials: removed when a trial went well, the last ones kept when it did not. */

import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';

import type { TrialId } from '../../shared/domain/identity.js';

export interface TrialFolders {
  pathOf(attempt: TrialKey): string;
  /** The attempt is over. */
  retire(attempt: TrialKey, wentWell: boolean): void;
}

export interface TrialKey {
  readonly trial: TrialId;
  readonly attempt: number;
}

/** Folders of failed trials that are kept for people to look into. */
const KEPT_FOLDERS = 20;

/**
 * @param root - made if it is missing.
 * @param inUse - attempts whose folders are not over yet.
 */
export function openTrialFolders(root: string, inUse: readonly TrialKey[]): TrialFolders {
  mkdirSync(root, { recursive: true, mode: 0o700 });
  const pathOf = ({ trial, attempt }: TrialKey): string => join(root, `${trial}.${attempt}`);
  const used = new Set(inUse.map(pathOf));
  const kept = oldestFirst(root).filter((path) => !used.has(path));
  const trim = (): void => {
    for (const path of kept.splice(0, Math.max(0, kept.length - KEPT_FOLDERS))) remove(path);
  };
  trim();
  return {
    pathOf,
    retire(attempt, wentWell) {
      if (wentWell) return remove(pathOf(attempt));
      kept.push(pathOf(attempt));
      trim();
    },
  };
}

const oldestFirst = (root: string): string[] =>
  readdirSync(root)
    .map((name) => join(root, name))
    .map((path) => ({ path, at: statSync(path).mtimeMs }))
    .sort((a, b) => a.at - b.at)
    .map(({ path }) => path);

const remove = (path: string): void => rmSync(path, { recursive: true, force: true });
