/** Versions of the NATS server: which are new enough, and what each understands. */

export interface ServerVersion {
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
}

/** Oldest server that works: Debian 12's. */
export const OLDEST_VERSION: ServerVersion = { major: 2, minor: 9, patch: 10 };

/** First version that knows `sync_interval`; older ones refuse to start with it. */
const SYNC_INTERVAL_VERSION: ServerVersion = { major: 2, minor: 10, patch: 0 };

/** The version in the output of `nats-server --version`, such as `nats-server: v2.14.5`; `undefined` for anything else. */
export function parseServerVersion(output: string): ServerVersion | undefined {
  const match = /nats-server:? v?(\d+)\.(\d+)\.(\d+)/.exec(output);
  return match ? { major: Number(match[1]), minor: Number(match[2]), patch: Number(match[3]) } : undefined;
}

export const isNewEnough = (version: ServerVersion): boolean => isAtLeast(version, OLDEST_VERSION);
export const knowsSyncInterval = (version: ServerVersion): boolean => isAtLeast(version, SYNC_INTERVAL_VERSION);

export const formatVersion = ({ major, minor, patch }: ServerVersion): string => `${major}.${minor}.${patch}`;

function isAtLeast(version: ServerVersion, floor: ServerVersion): boolean {
  if (version.major !== floor.major) return version.major > floor.major;
  if (version.minor !== floor.minor) return version.minor > floor.minor;
  return version.patch >= floor.patch;
}
