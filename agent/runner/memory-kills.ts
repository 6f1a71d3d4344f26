/** Evidence that the kernel killed a process for want of memory: counters of this host and of this control group. */

import { readFileSync } from 'node:fs';

/** Kills so far; `undefined` where the kernel does not say. Compare two looks: more than before means one happened. */
export function memoryKills(): number | undefined {
  const counts = [countIn('/proc/vmstat'), countIn(`/sys/fs/cgroup${ownGroup()}/memory.events`)];
  const known = counts.filter((count) => count !== undefined);
  return known.length === 0 ? undefined : known.reduce((sum, count) => sum + count, 0);
}

/** Path of this process in the unified hierarchy; empty inside a container's own root. */
function ownGroup(): string {
  const [, path = '/'] = /^0::(\/.*)$/m.exec(readOrNothing('/proc/self/cgroup')) ?? [];
  return path === '/' ? '' : path;
}

function countIn(path: string): number | undefined {
  const found = /^oom_kill (\d+)$/m.exec(readOrNothing(path));
  return found ? Number(found[1]) : undefined;
}

function readOrNothing(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
