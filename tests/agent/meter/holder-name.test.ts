import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

import { holderName } from '../../../agent/meter/holder-name.js';
import { temporaryFolder } from '../temporary-folder.js';

function procWith(processes: readonly (readonly [pid: number, parent: number, argv: readonly string[]])[]): string {
  const root = temporaryFolder();
  for (const [pid, parent, argv] of processes) {
    mkdirSync(join(root, String(pid)));
    writeFileSync(join(root, String(pid), 'cmdline'), argv.map((word) => `${word}\0`).join(''));
    writeFileSync(join(root, String(pid), 'stat'), `${pid} (node) S ${parent} 1 ${'0 '.repeat(30)}`);
  }
  return root;
}

test('a holder is named by its command, and an agent by what started it', () => {
  const root = procWith([
    [30, 1, ['bash', '-c', 'ecopt try']],
    [40, 30, ['node', '/opt/ecopt/dist/ecopt.js', 'run', 'campaign.yaml']],
    [42, 40, ['/usr/bin/node', '/opt/ecopt/dist/ecopt.js', 'agent', '--devices', 'cpu']],
    [50, 30, ['node', '/usr/bin/ecopt', 'calibrate-meter']],
    [51, 30, ['node', '/usr/bin/ecopt', '--version']],
    [52, 30, ['node', 'ecopt']],
  ]);
  expect([40, 42, 50, 51, 52, 30, 99].map((pid) => holderName(pid, root))).toEqual([
    'ecopt run',
    'ecopt agent of ecopt run, process 40',
    'ecopt calibrate-meter',
    ...[undefined, undefined, undefined, undefined],
  ]);
});
