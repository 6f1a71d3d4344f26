/** A measurement as one JSON object: joules, watts, seconds and grams as numbers, absent what is unknown. */

import { worstProvenance, type SummedEnergy } from '../shared/domain/measurement.js';
import { grams } from '../shared/schema/carbon-intensity.js';
import { deviceEnergyJson, standardJoules } from './energy-json.js';
import {
  boundaryOf,
  deviceFigures,
  idleStandardWatts,
  netEnergy,
  runSum,
  summedDevices,
  sumGain,
  usableSums,
  type Measurement,
} from './measure-figures.js';
import { exitStatus } from './measure-process.js';
import type { MeasuredRun } from './measure-run.js';
import { runStatistics } from './measure-statistics.js';

/** Uncertainties are one standard uncertainty, half-widths those of the 95 % interval of a mean. */
export function measurementJson(measurement: Measurement): object {
  const { argv, runs, runsWanted, idle, carbon, target, devices, versions } = measurement;
  return {
    command: argv,
    runs: runs.map((run) => runJson(run, measurement)),
    ...(runs.length > 1 && { statistics: statisticsJson(measurement) }),
    ...(runsWanted !== undefined && { runsWanted }),
    ...(target && { target }),
    ...(idle && { idle: { seconds: idle.seconds, devices: idle.devices.map(deviceEnergyJson) } }),
    ...(carbon && { carbon }),
    devices: devices.map(({ id, kind, product }) => ({ id, kind, product })),
    versions,
  };
}

function runJson(run: MeasuredRun, { idle, carbon }: Measurement): object {
  const { end, startedUnixMilliseconds, seconds, stoodSeconds, devices, leftBehind = [] } = run;
  const sum = runSum(run);
  return {
    ...{ startedUnixMilliseconds, seconds, end: { ...end, status: exitStatus(end) } },
    ...(leftBehind.length > 0 && { leftBehind }),
    ...(stoodSeconds !== undefined && { stoodSeconds }),
    devices: devices.map((energy) => {
      const net = netEnergy(energy, seconds, idle);
      const netOfIdle = net?.kind === 'usable' ? { ...net, idleStandardWatts: idleStandardWatts(energy, idle) } : net;
      return { ...deviceEnergyJson(energy), ...(netOfIdle && { netOfIdle }) };
    }),
    sum: { boundary: boundaryOf(devices), parts: partsOf(run), ...sum, ...gramsOf(sum, carbon) },
  };
}

/** Those that have a sensor here: a boundary names DRAM also where there is none for it. */
const partsOf = (run: MeasuredRun): readonly string[] => [...new Set(summedDevices(run).map(({ part }) => part))];

function gramsOf(sum: SummedEnergy, carbon: Measurement['carbon']): object {
  if (!carbon || sum.kind === 'unusable') return {};
  const standardGramsCo2e = grams(standardJoules(sum.uncertainty), carbon);
  return { gramsCo2e: grams(sum.joules, carbon), standardGramsCo2e };
}

function statisticsJson(measurement: Measurement): object {
  const { runs } = measurement;
  const sum = runStatistics(usableSums(runs));
  const sums = runs.map(runSum).flatMap((one) => (one.kind === 'usable' ? [one.provenance] : []));
  return {
    ...(sum && { sum: { ...sum, provenance: worstProvenance(sums), gainJoules: sumGain(runs) } }),
    devices: deviceFigures(measurement).map(({ device, part, source, usable, statistics, unusable }) => ({
      ...{ device, part, source },
      ...(statistics && {
        ...statistics,
        provenance: worstProvenance(usable.map(({ energy }) => energy.provenance)),
        gainJoules: usable.reduce((total, { energy }) => total + energy.uncertainty.gainJoules, 0) / usable.length,
      }),
      ...(unusable.length > 0 && { unusable }),
    })),
  };
}
