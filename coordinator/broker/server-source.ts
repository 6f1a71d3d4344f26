/** What every way of getting a NATS server has in common. */

import type { Environment } from './child-process.js';

/** One place that a NATS server can be had from. */
export interface ServerSource {
  /** As shown, such as `the official release`. */
  readonly name: string;
  /** What a person can do so that this way works, in one line. */
  readonly remedy: string;
  fetch(job: FetchJob): Promise<FetchResult>;
}

export interface FetchJob {
  /** Empty folder for everything this way makes; removed afterwards. */
  readonly folder: string;
  readonly environment: Environment;
  /** Folders in which installed servers are looked for. */
  readonly searchFolders: readonly string[];
  readonly signal?: AbortSignal | undefined;
  /** Announces something that takes long. */
  say(line: string): void;
}

export type FetchResult =
  /** Path of the program; in `folder`, or where the system keeps programs. */
  { readonly kind: 'got'; readonly binary: string } | { readonly kind: 'unavailable'; readonly reason: string };

export const unavailable = (reason: string): FetchResult => ({ kind: 'unavailable', reason });

/** The version that is fetched where there is a choice. */
export const PINNED_VERSION = '2.14.5';
