import { statfsSync } from 'node:fs';
import { expect, test } from 'vitest';

import { unfitForState } from '../../../shared/runtime/state-file-system.js';

test('network file systems are refused by name', () => {
  expect(unfitForState(0x6969)).toContain('NFS, a network file system');
  // `statfs` gives some magic numbers as negative ones.
  expect(unfitForState(0xff534d42 | 0)).toContain('CIFS');
});

test('file systems of the kernel are refused, local disks are not', () => {
  expect(unfitForState(statfsSync('/proc').type)).toBe('proc, which keeps no files');
  expect(unfitForState(0xef53)).toBeUndefined();
});
