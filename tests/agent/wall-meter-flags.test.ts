import { Command } from 'commander';
import { expect, test } from 'vitest';

import { addWallMeterFlags, wallMeterFlags } from '../../agent/wall-meter-flags.js';

test('a command in watts every second, with an accuracy that is said to be assumed', () => {
  expect(wallMeterFlags({ wallMeter: 'ipmitool dcmi power reading' })).toEqual({
    reads: 'command',
    command: 'ipmitool dcmi power reading',
    unit: 'W',
    periodMilliseconds: 1000,
    accuracy: { relative: 0.02, basis: expect.stringMatching(/^assumed; .*--wall-accuracy/) },
  });
});

test('a document over HTTP', () => {
  const flags = { wallPath: 'meters[0].power', wallUnit: 'kWh', wallPeriod: '0.5', wallAccuracy: '1 %' };
  expect(wallMeterFlags({ wallMeter: 'https://plug.lan/rpc', ...flags })).toEqual({
    reads: 'http',
    url: 'https://plug.lan/rpc',
    path: 'meters[0].power',
    unit: 'kWh',
    periodMilliseconds: 500,
    accuracy: { relative: 0.01, basis: 'stated with --wall-accuracy' },
  });
});

test('no wall meter', () => expect(wallMeterFlags({})).toBeUndefined());

test.each([
  [{ wallMeter: ' ' }, /--wall-meter: is empty/],
  [{ wallMeter: 'http://plug.lan/s' }, /--wall-path where the figure is/],
  [{ wallMeter: 'http://', wallPath: 'a' }, /is no address/],
  [{ wallMeter: 'http://plug.lan/s', wallPath: 'a[' }, /--wall-path a\[: is no path/],
  [{ wallMeter: 'read-plug', wallPath: 'a' }, /--wall-meter is a command/],
  [{ wallPath: 'a' }, /name it with --wall-meter/],
  [{ wallUnit: 'W' }, /name it with --wall-meter/],
  [{ wallPeriod: '1' }, /name it with --wall-meter/],
  [{ wallAccuracy: '1%' }, /name it with --wall-meter/],
  [{ wallMeter: 'x', wallUnit: 'watts' }, /--wall-unit watts: must be one of mW, W, kW, J, kJ, Wh, kWh/],
  [{ wallMeter: 'x', wallUnit: 'constructor' }, /must be one of/],
  [{ wallMeter: 'x', wallPeriod: '0' }, /--wall-period 0: must be seconds from 0\.1 to 60/],
  [{ wallMeter: 'x', wallPeriod: '' }, /--wall-period/],
  [{ wallMeter: 'x', wallPeriod: '1s' }, /--wall-period/],
  [{ wallMeter: 'x', wallAccuracy: '0' }, /--wall-accuracy 0: must be a share/],
  [{ wallMeter: 'x', wallAccuracy: '60%' }, /--wall-accuracy/],
  [{ wallMeter: 'x', wallAccuracy: '-1%' }, /--wall-accuracy/],
])('%j is one clear line', (flags, why) => {
  expect(() => wallMeterFlags(flags)).toThrow(why);
});

test.each(['--wall', '--wall-meter'])('%s names the wall meter', (flag) => {
  const command = addWallMeterFlags(new Command()).exitOverride();
  command.parse([flag, 'read-pdu', '--wall-accuracy', '1%'], { from: 'user' });
  expect(command.opts()).toEqual({ wallMeter: 'read-pdu', wallAccuracy: '1%' });
});
