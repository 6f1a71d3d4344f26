/** What a process that holds a device was started as, for people who must wait for it or stop it. */

import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

import { processFiles } from './sampling/process-stat.js';

/** Such as `ecopt try`, or `ecopt agent of ecopt run, process 40`; `undefined` for any other program, or where it cannot be seen. */
export function holderName(pid: number, procRoot = '/proc'): string | undefined {
  const own = ecoptCommand(pid, procRoot);
  const parent = processFiles(procRoot).stat(pid)?.parent;
  const starter = parent === undefined ? undefined : ecoptCommand(parent, procRoot);
  return own === undefined || starter === undefined ? own : `${own} of ${starter}, process ${parent}`;
}

function ecoptCommand(pid: number, procRoot: string): string | undefined {
  const words = commandLine(pid, procRoot).split('\0');
  const command = words[words.findIndex((word) => PROGRAMS.has(basename(word))) + 1];
  return command !== undefined && command !== words[0] && IS_COMMAND.test(command) ? `ecopt ${command}` : undefined;
}

const PROGRAMS: ReadonlySet<string> = new Set(['ecopt', 'ecopt.js']);
const IS_COMMAND = /^[a-z]+(-[a-z]+)*$/;

function commandLine(pid: number, procRoot: string): string {
  try {
    return readFileSync(join(procRoot, String(pid), 'cmdline'), 'utf8');
  } catch {
    return '';
  }
}
