import { expect, test } from 'vitest';

import { warnOfUnmetered } from '../../agent/agent-command.js';
import type { SensorReport } from '../../shared/domain/hardware.js';
import { deviceId } from '../../shared/domain/identity.js';
import { keptLog } from '../support/silent-log.js';

const absent = (device: string, changes: Partial<SensorReport> = {}): SensorReport => ({
  ...{ device: deviceId(device), part: 'accelerator', source: 'nvml', available: false, detail: 'why' },
  ...changes,
});

test('a GPU that cannot be read when the agent starts is named, with what brings it back', () => {
  const log = keptLog();
  const detail = 'cannot open GPU 0: the GPU has fallen off the bus: reboot the machine.';
  warnOfUnmetered({ sensors: [absent('gpu'), absent('gpu-index-0', { isUnmetered: true, detail })] }, log);
  const fields = { device: 'gpu-index-0', why: detail, remedy: 'start the agent again once this is mended' };
  expect(log.events).toEqual([{ level: 'warn', event: 'accelerator not offered', fields }]);
});
