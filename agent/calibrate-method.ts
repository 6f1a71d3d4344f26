/** How a calibration was found, in sentences that are kept with it; nothing in them is secret. */

import type { DeviceId } from '../shared/domain/identity.js';
import type { CalibrateSettings } from './calibrate-flags.js';
import type { FitQuality } from './meter/calibration/calibration-fit.js';

export interface MethodFacts {
  readonly others: readonly DeviceId[];
  readonly quality: FitQuality;
}

export function calibrationMethod(settings: CalibrateSettings, { others, quality }: MethodFacts): string {
  const { wall, levels, seconds, restSeconds, load, covers } = settings;
  const [rest, restUncertainty] = quality.restWatts;
  const restText = `${rest.toFixed(1)} ± ${restUncertainty.toFixed(1)} W`;
  const by = load === undefined ? 'busy processes' : 'the operator’s command';
  return [
    `${levels.length} rising and ${levels.length} falling loads by ${by}, each in a window of ${seconds} s after ${restSeconds} s of rest.`,
    `Weighted straight line of the wall meter (${wall.unit} every ${wall.periodMilliseconds / 1000} s, gain known to ${percent(wall.accuracy.relative)}, ${wall.accuracy.basis}) on the sensor; r² ${quality.rSquared.toFixed(5)}, falling over rising loads ${signedPercent(quality.rampDifference)} in slope and ${signedPercent(quality.rampShift)} in level.`,
    ...(covers === 'device'
      ? [`The wall meter sees the device alone (stated): slope and offset, ${restText}, are the sensor’s.`]
      : [
          supplyText(settings),
          ...(others.length > 0 ? [`The power of ${others.join(', ')} was taken off.`] : []),
          `The rest of the machine drew ${restText} and is taken to be constant: fans and voltage converters that follow the load are in the gain.`,
        ]),
  ].join(' ');
}

const supplyText = ({ psuEfficiency }: CalibrateSettings): string =>
  psuEfficiency === undefined
    ? 'The efficiency of the power supply is not known: its loss is in the gain.'
    : `The power supply lets ${percent(psuEfficiency.value)} ± ${percent(psuEfficiency.standardUncertainty)} through (stated).`;

const percent = (share: number): string => `${Number((share * 100).toPrecision(3))} %`;

/** With its sign, such as `−0.42 %`. */
export const signedPercent = (share: number): string => `${share < 0 ? '−' : '+'}${Math.abs(share * 100).toFixed(2)} %`;
