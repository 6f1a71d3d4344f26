/** Takes a machine through rising and falling loads, and reads from each what a fit of one sensor needs. */

import { EnvironmentError, UsageError } from '../shared/domain/errors.js';
import type { SensorReport } from '../shared/domain/hardware.js';
import type { DeviceId } from '../shared/domain/identity.js';
import { isMeasured, randomJoules, type DeviceEnergy } from '../shared/domain/measurement.js';
import type { Clock } from '../shared/runtime/clock.js';
import type { CalibrateSettings } from './calibrate-flags.js';
import { loadAt } from './calibrate-flags.js';
import { busyCores, commandLoad, type Load } from './calibrate-load.js';
import type { CalibrationPoint } from './meter/calibration/calibration.js';
import type { CalibrationStep, NoisyWatts } from './meter/calibration/calibration-fit.js';
import type { Meter, TrialMeter } from './meter/meter.js';

/** One window at one load, with all that the meter says of it. */
export interface MeasuredStep {
  readonly level: number;
  readonly ramp: CalibrationPoint['ramp'];
  readonly seconds: number;
  readonly devices: readonly DeviceEnergy[];
}

export interface StepOptions {
  readonly settings: CalibrateSettings;
  readonly clock: Clock;
  readonly interrupted: AbortSignal;
  readonly cores: number;
  /** Called after each step. */
  readonly onStep: (step: MeasuredStep) => void;
}

/**
 * Up and down again.
 *
 * @throws {EnvironmentError} if a load ends before it is told to; the reason of `interrupted` once that is aborted.
 */
export async function measureSteps(meter: Meter, options: StepOptions): Promise<readonly MeasuredStep[]> {
  const { levels } = options.settings;
  const trial = meter.attach({ devices: meter.devices.filter(({ kind }) => kind === 'gpu').map(({ id }) => id) });
  const steps: MeasuredStep[] = [];
  try {
    for (const ramp of ['up', 'down'] as const) {
      for (const level of ramp === 'up' ? levels : levels.toReversed()) {
        const step = { ramp, ...(await measureStep(trial, level, options)) };
        steps.push(step);
        options.onStep(step);
      }
    }
    return steps;
  } finally {
    await trial.close();
  }
}

async function measureStep(
  trial: TrialMeter,
  wanted: number,
  { settings, clock, interrupted, cores }: StepOptions,
): Promise<Omit<MeasuredStep, 'ramp'>> {
  const { load: command, seconds, restSeconds } = settings;
  const level = command === undefined ? Math.round(wanted * cores) / cores : wanted;
  using load = startLoad(command, level, cores);
  const failed = load.ended.then((why) => Promise.reject(new EnvironmentError(why)));
  failed.catch(() => undefined); // A load that was ended on purpose has ended, too.
  const stay = (length: number): Promise<void> => Promise.race([clock.sleep(length * 1000, interrupted), failed]);
  await stay(restSeconds);
  const start = clock.monotonicNanoseconds();
  await stay(seconds);
  const end = clock.monotonicNanoseconds();
  return { level, seconds: Number(end - start) / 1e9, devices: await trial.window(start, end) };
}

/** No load at all at level 0. */
function startLoad(command: string | undefined, level: number, cores: number): Load {
  return command === undefined || level === 0
    ? busyCores(Math.round(level * cores))
    : commandLoad(loadAt(command, level));
}

/** The sensors that can be calibrated as asked, of those that this machine has. */
export function targetsOf(sensors: readonly SensorReport[], settings: CalibrateSettings): readonly SensorReport[] {
  const { device, load, covers } = settings;
  const real = realSensors(sensors);
  const chosen = device === undefined ? real : real.filter((sensor) => sensor.device.startsWith(device));
  const exact = chosen.filter((sensor) => sensor.device === device);
  const named = exact.length > 0 ? exact : chosen;
  if (device !== undefined && named.length !== 1) throw unknownDevice(device, named, real);
  if (device !== undefined) {
    if (load === undefined && named[0]?.part === 'accelerator') throw needsLoad(device);
    return named;
  }
  const targets = named.filter(({ part }) => part === (load === undefined ? 'cpu' : 'accelerator'));
  if (targets.length === 0) throw nothingToCalibrate(real, load);
  if (covers === 'device' && targets.length > 1) {
    const names = targets.map((target) => target.device).join(', ');
    throw new UsageError(`--wall-covers device: say with --device which one it is: ${names}`);
  }
  return targets;
}

/** A model or a simulation has nothing to be calibrated, and the wall meter itself is what they are held against. */
const realSensors = (sensors: readonly SensorReport[]): readonly SensorReport[] =>
  sensors.filter(
    ({ available, provenance, part }) =>
      available && part !== 'machine' && provenance !== undefined && isMeasured(provenance),
  );

function unknownDevice(name: string, fitting: readonly SensorReport[], real: readonly SensorReport[]): UsageError {
  const known = real.map(({ device }) => device).join(', ') || 'none';
  const fault = fitting.length === 0 ? 'fits no device with a sensor' : 'fits several devices';
  return new UsageError(`--device ${name}: ${fault}; there are: ${known}`);
}

const needsLoad = (device: string): UsageError =>
  new UsageError(
    `--device ${device}: an accelerator is loaded by a program of yours: give --load, such as --load 'matmul --duty {level}'`,
  );

function nothingToCalibrate(real: readonly SensorReport[], load: string | undefined): EnvironmentError {
  if (load !== undefined) {
    return new EnvironmentError('no accelerator here has a sensor that could be calibrated; see ecopt doctor');
  }
  const accelerators = real.filter(({ part }) => part === 'accelerator').map(({ device }) => device);
  const others = accelerators.length > 0 ? `; for ${accelerators.join(', ')} give --load` : '';
  return new EnvironmentError(
    `no sensor of this machine’s processor could be calibrated (a model is no sensor); see ecopt doctor${others}`,
  );
}

/** The sensors whose power is told apart from the target's: every other one of the machine. */
export const othersOf = (sensors: readonly SensorReport[], target: SensorReport): readonly SensorReport[] =>
  realSensors(sensors).filter(({ device }) => device !== target.device);

export interface ReadSensors {
  readonly target: DeviceId;
  readonly wall: DeviceId;
  readonly others: readonly DeviceId[];
}

/** What a fit needs of each step, and why other steps give nothing. */
export interface ReadSteps {
  readonly steps: readonly CalibrationStep[];
  readonly faults: readonly string[];
}

export function readSteps(measured: readonly MeasuredStep[], { target, wall, others }: ReadSensors): ReadSteps {
  const steps: CalibrationStep[] = [];
  const faults: string[] = [];
  for (const { level, ramp, seconds, devices } of measured) {
    const watts = [target, wall, ...others].map((id) => wholeWatts(devices, id, seconds));
    const fault = watts.find((one) => typeof one === 'string');
    const [sensor, atWall, ...rest] = watts.filter((one) => typeof one !== 'string');
    if (fault !== undefined) faults.push(`${ramp}, ${Math.round(level * 100)} %: ${fault}`);
    else if (sensor && atWall) steps.push({ level, ramp, seconds, sensor, wall: atWall, others: rest });
  }
  return { steps, faults };
}

/**
 * Mean power of the whole device, trial's share and rest together; or why it has none.
 *
 * The noise of a share is not that of the device: there, only the scatter around the line speaks.
 */
export function wholeWatts(devices: readonly DeviceEnergy[], id: DeviceId, seconds: number): NoisyWatts | string {
  const energy = devices.find(({ device }) => device === id);
  if (energy === undefined) return `${id} was not metered`;
  if (energy.kind === 'unusable') return `${id}: ${energy.reason}`;
  const { microjoules, unattributedMicrojoules, provenance, uncertainty } = energy;
  return {
    watts: Number(microjoules + (unattributedMicrojoules ?? 0n)) / 1e6 / seconds,
    noise: provenance === 'shared-estimate' ? 0 : randomJoules(uncertainty) / seconds,
  };
}

/** Relative standard uncertainty of a sensor's gain as the meter states it, from the windows; `undefined` if none had energy. */
export function statedGain(measured: readonly MeasuredStep[], id: DeviceId): number | undefined {
  const gains = measured.flatMap(({ devices }) =>
    devices.flatMap((energy) =>
      energy.kind === 'usable' && energy.device === id && energy.microjoules > 0n
        ? [energy.uncertainty.gainJoules / (Number(energy.microjoules) / 1e6)]
        : [],
    ),
  );
  return gains.length === 0 ? undefined : Math.max(...gains);
}
