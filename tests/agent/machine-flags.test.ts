import { expect, test } from 'vitest';

import { machineFlags } from '../../agent/machine-flags.js';

test.each([
  ['5.4', 5.4],
  ['200', 200],
])('a power of %s W per core is taken', (text, watts) => {
  expect(machineFlags({ cpuWattsPerCore: text }).cpuWattsPerCore).toBe(watts);
});

test.each(['', '0', '-5', '0x10', '1e9', '201', 'Infinity', '5 W'])('a power of "%s" per core is refused', (text) => {
  expect(() => machineFlags({ cpuWattsPerCore: text })).toThrow(
    `--cpu-watts-per-core ${text}: must be watts above 0 and at most 200, such as 5.4`,
  );
});
