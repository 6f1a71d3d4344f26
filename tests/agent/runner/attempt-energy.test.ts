import { expect, test } from 'vitest';

import { addEnergies, programWindows } from '../../../agent/runner/attempt-energy.js';
import { deviceId } from '../../../shared/domain/identity.js';
import type { FinishedProgram } from '../../../agent/runner/trial-session.js';
import type { AttemptEnergy, DeviceEnergy } from '../../../shared/domain/measurement.js';
import { keptLog } from '../../support/silent-log.js';

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

test('a thousand windows without a figure are one line of the log, with their number and their reasons', async () => {
  const core = { device: deviceId('GPU-1'), part: 'accelerator', source: 'nvml' } as const;
  const window = (start: bigint): Promise<readonly DeviceEnergy[]> =>
    Promise.resolve(
      start % 10n === 0n ? [] : [{ ...core, kind: 'unusable', reason: `short of ${start % 2n} updates` }],
    );
  const windows = Array.from({ length: 1000 }, (_, ordinal) => ({
    ...{ kind: 'infer', label: 'decode', ordinal },
    ...{ startNanoseconds: BigInt(ordinal), endNanoseconds: BigInt(ordinal + 1) },
  }));
  const program: unknown = { record: { windows }, meter: { window }, startNanoseconds: 0n, endNanoseconds: 1000n };
  const log = keptLog();
  expect(await programWindows(program as FinishedProgram, log)).toHaveLength(1000);
  const fields = {
    ...{ unusable: 900, of: 1000, first: { kind: 'infer', label: 'decode', ordinal: 1 } },
    why: ['GPU-1: short of 1 updates', 'GPU-1: short of 0 updates'],
  };
  expect(log.events).toEqual([{ level: 'warn', event: 'windows unusable', fields }]);
});
