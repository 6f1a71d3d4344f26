/** What a wall meter taught about one device's sensor, and how later figures are corrected by it. */

import type { DeviceId } from '../../../shared/domain/identity.js';
import type { AttemptEnergy, DeviceEnergy } from '../../../shared/domain/measurement.js';

/** True power = `gain` x the sensor's power + `offsetWatts`; found with a wall meter at stepped loads. */
export interface Calibration {
  readonly device: DeviceId;
  /** Source that was calibrated, such as `nvml`: another one of the same device has a gain of its own. */
  readonly source: string;
  readonly gain: number;
  /** What the sensor leaves out, in watts; 0 where the wall meter cannot tell it from the rest of the machine. */
  readonly offsetWatts: number;
  /** Standard uncertainties, and the covariance of the two in watts; all are common to every figure of the device. */
  readonly uncertainty: { readonly gain: number; readonly offsetWatts: number; readonly covariance: number };
  /** Why it is kept but not applied; absent: it is applied. */
  readonly withheld?: string;
  readonly unixMilliseconds: number;
  /** How it was found, in sentences for people. */
  readonly method: string;
  /** Version of the sensor's driver, where the source has one. */
  readonly driver?: string;
  readonly points: readonly CalibrationPoint[];
}

/** One window at a steady load. */
export interface CalibrationPoint {
  /** Load in [0, 1], and whether the loads were rising or falling. */
  readonly level: number;
  readonly ramp: 'up' | 'down';
  readonly seconds: number;
  readonly sensorWatts: number;
  readonly wallWatts: number;
  /** Power of the machine's other sensors meanwhile. */
  readonly otherWatts: number;
}

/** What decides whether a calibration fits the sensor as it is found now. */
export interface CalibratedSensor {
  readonly device: DeviceId;
  readonly source: string;
  /** Versions of the drivers behind all sensors, by name. */
  readonly versions: Readonly<Record<string, string>>;
  readonly unixMilliseconds: number;
}

/** Whether a calibration is applied, and one sentence on it for the sensor's report. */
export interface CalibrationUse {
  readonly applies: boolean;
  readonly note: string;
}

/** Names of the drivers that a source's figures depend on. */
const DRIVERS: Readonly<Record<string, string>> = { nvml: 'NVIDIA driver' };
/** Shunts and amplifiers age slowly: older calibrations are applied, and the report asks for a new one. */
const OLD_MILLISECONDS = 2 * 365.25 * 86_400_000;

/** Version of the driver behind a source; `undefined` where it has none that is known to matter. */
export const driverOf = (source: string, versions: Readonly<Record<string, string>>): string | undefined =>
  versions[DRIVERS[source] ?? ''];

/** Such as `2026-11-23`. */
export const dateOf = ({ unixMilliseconds }: Calibration): string =>
  new Date(unixMilliseconds).toISOString().slice(0, 10);

/** A calibration is of one source under one driver version: drivers are known to change what a sensor averages and how. */
export function useOf(calibration: Calibration, sensor: CalibratedSensor): CalibrationUse {
  const { source, gain, uncertainty, withheld, unixMilliseconds } = calibration;
  const date = dateOf(calibration);
  const driver = driverOf(sensor.source, sensor.versions);
  const ignored = (why: string): CalibrationUse => ({
    applies: false,
    note: `calibration of ${date} not applied: ${why}`,
  });
  if (calibration.device !== sensor.device) {
    return ignored(`it is of ${calibration.device}, though its file is named for this device; calibrate again`);
  }
  if (source !== sensor.source) return ignored(`it is of ${source}, and ${sensor.source} is read now`);
  if (withheld !== undefined) return ignored(withheld);
  if (calibration.driver !== driver) {
    return ignored(
      `its driver was ${calibration.driver ?? 'unknown'}, now it is ${driver ?? 'unknown'}; calibrate again`,
    );
  }
  const old =
    sensor.unixMilliseconds - unixMilliseconds > OLD_MILLISECONDS ? '; over two years old: calibrate again' : '';
  const figure = `${gain.toFixed(4)} ± ${uncertainty.gain.toFixed(4)}`;
  return { applies: true, note: `corrected by the calibration of ${date}: gain ${figure}${old}` };
}

/**
 * A window's energy as the calibration has it; the sensor's own figure stays beside it.
 *
 * `gainJoules` is the calibration's uncertainty, which replaces that of the sensor's class; the rest grows with the gain.
 * The offset belongs to the device whatever runs there: of a shared device it goes to what no trial is charged for.
 *
 * @param seconds - Length of the window.
 */
export function correct(energy: DeviceEnergy, seconds: number, calibration: Calibration): DeviceEnergy {
  if (energy.kind === 'unusable') return energy;
  const { device, part, source, microjoules, meanWatts, peakWatts, uncertainty } = energy;
  const { gain } = calibration;
  const isShare = energy.unattributedMicrojoules !== undefined;
  const offsetWatts = isShare ? 0 : calibration.offsetWatts;
  const corrected = { ...energy, ...scaled(energy, seconds, calibration) };
  if (corrected.microjoules < 0n) {
    const reason = 'the calibration makes its power negative: it lies outside of what was calibrated';
    return { kind: 'unusable', device, part, source, reason };
  }
  return {
    ...corrected,
    rawMicrojoules: microjoules,
    meanWatts: gain * meanWatts + offsetWatts,
    ...(peakWatts !== undefined && { peakWatts: gain * peakWatts + offsetWatts }),
    uncertainty: {
      edgeJoules: gain * uncertainty.edgeJoules,
      samplingJoules: gain * uncertainty.samplingJoules,
      gapJoules: gain * uncertainty.gapJoules,
      gainJoules: gainJoules(Number(microjoules) / 1e6, isShare ? 0 : seconds, calibration),
    },
  };
}

/** The same for the total of an attempt of that many seconds; a total that would become negative is 0, a lower bound. */
export function correctTotal(energy: AttemptEnergy, seconds: number, calibration: Calibration): AttemptEnergy {
  const corrected = scaled(energy, seconds, calibration);
  return { ...energy, ...corrected, microjoules: notNegative(corrected.microjoules) };
}

type Scaled = Pick<AttemptEnergy, 'microjoules' | 'unattributedMicrojoules'>;

function scaled({ microjoules, unattributedMicrojoules }: Scaled, seconds: number, calibration: Calibration): Scaled {
  const { gain, offsetWatts } = calibration;
  const offset = BigInt(Math.round(offsetWatts * seconds * 1e6));
  if (unattributedMicrojoules === undefined) return { microjoules: times(microjoules, gain) + offset };
  const rest = notNegative(times(unattributedMicrojoules, gain) + offset);
  return { microjoules: times(microjoules, gain), unattributedMicrojoules: rest };
}

/** Standard uncertainty of gain x energy + offset x time. */
function gainJoules(joules: number, seconds: number, { uncertainty }: Calibration): number {
  const { gain, offsetWatts, covariance } = uncertainty;
  const variance = (gain * joules) ** 2 + (offsetWatts * seconds) ** 2 + 2 * covariance * joules * seconds;
  return Math.sqrt(Math.max(0, variance));
}

const PARTS_PER_GAIN = 1_000_000_000;

/** In integers: a total of years keeps its digits. */
const times = (microjoules: bigint, gain: number): bigint =>
  (microjoules * BigInt(Math.round(gain * PARTS_PER_GAIN))) / BigInt(PARTS_PER_GAIN);

const notNegative = (microjoules: bigint): bigint => (microjoules < 0n ? 0n : microjoules);
