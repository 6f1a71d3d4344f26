/** A measurement as one JSON object: joules, watts, seconds and grams as numbers, absent what is unknown. */

import type { SummedEnergy } from '../shared/domain/measurement.js';
import { grams } from '../shared/schema/carbon-intensity.js';
import { deviceEnergyJson } from './energy-json.js';
import { boundaryOf, deviceFigures, netEnergy, runSum, usableSums, type Measurement } from './measure-figures.js';
import { exitStatus } from './measure-process.js';
import type { MeasuredRun } from './measure-run.js';
import { runStatistics } from './measure-statistics.js';

/** Uncertainties are one standard uncertainty, half-widths those of the 95 % interval of a mean. */
export function measurementJson(measurement: Measurement): object {
  const { argv, runs, idle, carbon, target, devices, versions } = measurement;
  return {
    command: argv,
    runs: runs.map((run) => runJson(run, measurement)),
    ...(runs.length > 1 && { statistics: statisticsJson(measurement) }),
    ...(target && { target }),
    ...(idle && { idle: { seconds: idle.seconds, devices: idle.devices.map(deviceEnergyJson) } }),
    ...(carbon && { carbon }),
    devices: devices.map(({ id, kind, product }) => ({ id, kind, product })),
    versions,
  };
}

function runJson(run: MeasuredRun, { idle, carbon }: Measurement): object {
  const { end, startedUnixMilliseconds, seconds, devices } = run;
  const sum = runSum(run);
  return {
    ...{ startedUnixMilliseconds, seconds, end: { ...end, status: exitStatus(end) } },
    devices: devices.map((energy) => {
      const net = netEnergy(energy, seconds, idle);
      return { ...deviceEnergyJson(energy), ...(net && { netOfIdle: net }) };
    }),
    sum: { boundary: boundaryOf(devices), ...sum, ...gramsOf(sum, carbon) },
  };
}

const gramsOf = (sum: SummedEnergy, carbon: Measurement['carbon']): object =>
  carbon && sum.kind === 'usable' ? { gramsCo2e: grams(sum.joules, carbon) } : {};

function statisticsJson(measurement: Measurement): object {
  const sum = runStatistics(usableSums(measurement.runs));
  return {
    ...(sum && { sum }),
    devices: deviceFigures(measurement).map(({ device, part, source, statistics, reasons }) => ({
      ...{ device, part, source },
      ...statistics,
      ...(reasons.length > 0 && { unusable: reasons }),
    })),
  };
}
