/** A temporary tree that stands for `/sys` (or `/proc`) in one test file. */

import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { afterEach, beforeEach } from 'vitest';

import type { DeviceId } from '../../../../shared/domain/identity.js';
import type { EnergySource, Reading } from '../../../../agent/meter/energy-source.js';

export interface SysfsTree {
  readonly root: string;
  /** Files by path below the root, each ended by a new line as the kernel does; bytes are written as they are. */
  write(files: Readonly<Record<string, string | Uint8Array>>): void;
  link(path: string, target: string): void;
  remove(path: string): void;
}

/** A fresh tree for each test. */
export function useSysfsTree(): SysfsTree {
  let root = '';
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'ecopt-sysfs-'));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));
  return {
    get root() {
      return root;
    },
    write(files) {
      for (const [path, content] of Object.entries(files)) {
        mkdirSync(dirname(join(root, path)), { recursive: true });
        writeFileSync(join(root, path), typeof content === 'string' ? `${content}\n` : content);
      }
    },
    link(path, target) {
      mkdirSync(join(root, target), { recursive: true });
      mkdirSync(dirname(join(root, path)), { recursive: true });
      symlinkSync(join(root, target), join(root, path));
    },
    remove: (path) => rmSync(join(root, path), { recursive: true }),
  };
}

/** Everything that the source finds. */
export const foundIds = (source: EnergySource): Set<DeviceId> =>
  new Set(source.probe().found.map(({ device }) => device.id));

/** One look at everything held, as short words: energy or power in micro-units, or why it failed. */
export const look = (source: EnergySource, held: ReadonlySet<DeviceId>): readonly (bigint | string)[] =>
  source.sample(held, []).map(figure);

function figure(reading: Reading): bigint | string {
  if (reading.kind === 'failed') return reading.reason;
  return reading.kind === 'energy' ? reading.microjoules : reading.microwatts;
}
