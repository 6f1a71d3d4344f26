/** `ecopt calibrate-meter`: holds this machine's sensors against a wall meter at stepped loads, and keeps what it finds. */

import { availableParallelism } from 'node:os';

import { EnvironmentError } from '../shared/domain/errors.js';
import type { SensorReport } from '../shared/domain/hardware.js';
import { calibrateSettings, type CalibrateFlags, type CalibrateSettings } from './calibrate-flags.js';
import { calibrationMethod } from './calibrate-method.js';
import { measureSteps, othersOf, readSteps, statedGain, targetsOf, type MeasuredStep } from './calibrate-steps.js';
import { calibrateTable, resultJson, resultText, stepJson, type CalibrationResult } from './calibrate-text.js';
import { calibrationFolder } from './calibration-folder.js';
import { EXIT, say, textOptions, type AgentContext } from './agent-context.js';
import { driverOf, type Calibration } from './meter/calibration/calibration.js';
import { saveCalibration, type KeptCalibration } from './meter/calibration/calibration-files.js';
import { fitCalibration, type FitConditions } from './meter/calibration/calibration-fit.js';
import type { Meter } from './meter/meter.js';
import { WALL_METER } from './meter/sources/wall-meter-source.js';
import { openMeterWith } from './open-machine.js';

export { addCalibrateFlags, type CalibrateFlags } from './calibrate-flags.js';

/** @returns The exit status: 0 if every device that was asked for has a calibration now, applied or not. */
export async function calibrateCommand(flags: CalibrateFlags, context: AgentContext): Promise<number> {
  const settings = calibrateSettings(flags);
  const folder = calibrationFolder(context, flags.state);
  const meter = await openAlone(settings, context);
  try {
    requireWallMeter(meter);
    const targets = targetsOf(meter.sensors, settings);
    const measured = await measure({ meter, settings, targets }, flags, context);
    // By now the meter knows how its sensors behave.
    const sensors = await meter.currentSensors();
    const results = targets.map((asked) => {
      const target = sensors.find(({ device }) => device === asked.device) ?? asked;
      return keep(calibrate({ target, sensors, measured, settings }, meter, context), folder);
    });
    if (flags.json) {
      say(context, JSON.stringify({ steps: measured.map(stepJson), devices: results.map(resultJson) }));
    } else for (const line of resultText(results, textOptions(context))) say(context, line);
    return results.every(({ kind }) => kind === 'fitted') ? EXIT.done : EXIT.failed;
  } catch (error) {
    if (context.interrupted.aborted) return EXIT.interrupted;
    throw error;
  } finally {
    await meter.close();
  }
}

/** A trial of an agent here would be taken for the load: the locks are what keeps it away. */
async function openAlone({ wall }: CalibrateSettings, context: AgentContext): Promise<Meter> {
  try {
    return await openMeterWith({ wallMeter: wall }, context);
  } catch (cause) {
    if (!(cause instanceof EnvironmentError)) throw cause;
    const why = `a calibration needs this machine to itself, so stop what meters here first: ${cause.message}`;
    throw new EnvironmentError(why, {}, { cause });
  }
}

function requireWallMeter({ sensors }: Meter): void {
  const wall = sensors.find(({ device }) => device === WALL_METER);
  if (wall?.available) return;
  throw new EnvironmentError(`--wall-meter: ${wall?.detail ?? 'there is no wall meter'}`);
}

interface Asked {
  readonly meter: Meter;
  readonly settings: CalibrateSettings;
  readonly targets: readonly SensorReport[];
}

async function measure(
  { meter, settings, targets }: Asked,
  { json }: CalibrateFlags,
  context: AgentContext,
): Promise<readonly MeasuredStep[]> {
  const table = calibrateTable(targets, settings, textOptions(context));
  if (!json) for (const line of table.head) say(context, line);
  return measureSteps(meter, {
    settings,
    clock: context.clock,
    interrupted: context.interrupted,
    cores: availableParallelism(),
    onStep: (step) => !json && say(context, table.row(step)),
  });
}

interface Work {
  readonly target: SensorReport;
  readonly sensors: readonly SensorReport[];
  readonly measured: readonly MeasuredStep[];
  readonly settings: CalibrateSettings;
}

type Found =
  | Omit<CalibrationResult & { readonly kind: 'fitted' }, keyof KeptCalibration>
  | (CalibrationResult & { readonly kind: 'refused' });

function calibrate(
  { target, sensors, measured, settings }: Work,
  { versions = {} }: Meter,
  context: AgentContext,
): Found {
  const { device, source } = target;
  const others = settings.covers === 'device' ? [] : othersOf(sensors, target);
  const { steps, faults } = readSteps(measured, {
    target: device,
    wall: WALL_METER,
    others: others.map((other) => other.device),
  });
  const conditions: FitConditions = {
    part: target.part,
    covers: settings.covers,
    wallGain: settings.wall.accuracy.relative,
    ...(settings.psuEfficiency && { psuEfficiency: settings.psuEfficiency }),
    sensorGain: gainOf(target, measured),
    others: others.map((other) => ({ part: other.part, gain: gainOf(other, measured) })),
  };
  const { kind, ...fit } = fitCalibration(steps, conditions);
  if ('reason' in fit) return { kind: 'refused', device, faults, ...fit };
  const { quality, ...found } = fit;
  const driver = driverOf(source, versions);
  const calibration: Calibration = {
    device,
    source,
    ...found,
    unixMilliseconds: context.clock.wallMilliseconds(),
    method: calibrationMethod(settings, { others: others.map((other) => other.device), quality }),
    ...(driver !== undefined && { driver }),
    points: steps.map(({ level, ramp, seconds, sensor, wall, others: rest }) => ({
      ...{ level, ramp, seconds, sensorWatts: sensor.watts, wallWatts: wall.watts },
      otherWatts: rest.reduce((sum, { watts }) => sum + watts, 0),
    })),
  };
  return { kind: 'fitted', device, faults, quality, calibration };
}

/** Where even the meter knows no gain, the sensor may be wrong by a tenth. */
const UNKNOWN_GAIN = 0.1;

const gainOf = ({ device, quality }: SensorReport, measured: readonly MeasuredStep[]): number =>
  quality?.expected[0]?.gain ?? statedGain(measured, device) ?? UNKNOWN_GAIN;

const keep = (found: Found, folder: string): CalibrationResult =>
  found.kind === 'refused' ? found : { ...found, ...saveCalibration(folder, found.calibration) };
