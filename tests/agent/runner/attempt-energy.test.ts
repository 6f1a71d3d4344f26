import { expect, test } from 'vitest';

import { addEnergies } from '../../../agent/runner/attempt-energy.js';
import { deviceId } from '../../../shared/domain/identity.js';
import type { AttemptEnergy } from '../../../shared/domain/measurement.js';

const cpu = (microjoules: bigint, more: Partial<AttemptEnergy> = {}): AttemptEnergy => ({
  device: deviceId('cpu-package-0'),
  part: 'cpu',
  provenance: 'shared-estimate',
  microjoules,
  ...more,
});

test('energy of the rest and of the program are added, with what no trial was charged for', () => {
  const before = cpu(0n, { unattributedMicrojoules: 500n });
  const sum = addEnergies([before], [cpu(300n, { unattributedMicrojoules: 20n })]);
  expect(sum).toEqual([cpu(300n, { unattributedMicrojoules: 520n })]);
  expect(addEnergies([before], [cpu(300n)])).toEqual([cpu(300n, { unattributedMicrojoules: 500n })]);
  expect(addEnergies([cpu(1n)], [cpu(300n)])).toEqual([cpu(301n)]);
});

test('a sum is a lower bound when one part is', () => {
  const least = { isLowerBound: true } as const;
  expect(addEnergies([cpu(1n, least)], [cpu(2n)])).toEqual([cpu(3n, least)]);
  expect(addEnergies([cpu(1n)], [cpu(2n, least)])).toEqual([cpu(3n, least)]);
});

test('devices and parts stay apart, and a sum has the worse provenance', () => {
  const dram = cpu(5n, { part: 'dram' });
  expect(addEnergies([cpu(1n)], [dram])).toEqual([cpu(1n), dram]);
  expect(addEnergies([cpu(1n)], [cpu(2n, { provenance: 'model' })])).toEqual([cpu(3n, { provenance: 'model' })]);
});
