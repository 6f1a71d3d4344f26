/** Figures of energy as people read them: value and uncertainty in one unit, and what the uncertainty is made of. */

import type { DeviceEnergy, EnergyUncertainty } from '../shared/domain/measurement.js';
import { netRandomJoules, type NetEnergy } from '../shared/domain/net-energy.js';
import { formatColumn, formatQuantity } from '../shared/domain/quantity.js';
import { percentText } from '../shared/runtime/machine-text.js';
import { windowEventText } from '../shared/runtime/window-event-text.js';
import { joulesOf, standardJoules } from './energy-json.js';

type UsableEnergy = DeviceEnergy & { readonly kind: 'usable' };

/** Such as `1.834 ± 0.021 kJ`. */
export function uncertainJoules(joules: number, standard: number): string {
  const { unit, texts } = formatColumn([[joules, standard]], 'J');
  return `${texts[0] ?? 'unknown'} ${unit}`;
}

/** Mean and peak power, and temperature at the edges where it is known. */
export function powerText({ meanWatts, peakWatts, temperatureCelsius: heat }: UsableEnergy): string {
  const peak = peakWatts === undefined ? '' : `, peak ${formatQuantity(peakWatts, 'W')}`;
  return `mean ${formatQuantity(meanWatts, 'W')}${peak}${heat === undefined ? '' : `, ${heatText(heat)}`}`;
}

function heatText({ start, end }: { readonly start: number; readonly end: number }): string {
  const [first, last] = [Math.round(start), Math.round(end)];
  return first === last ? `${last} °C` : `${first} to ${last} °C`;
}

/** Such as `± 12 J from window to window (edges 11 J, sampling 3 J), ± 102 J gain of the device`. */
export function uncertaintyText(uncertainty: EnergyUncertainty): string {
  const { edgeJoules, samplingJoules, gapJoules, gainJoules } = uncertainty;
  const parts = [
    ['edges', edgeJoules],
    ['sampling', samplingJoules],
    ['gaps', gapJoules],
  ] as const;
  const random = Math.hypot(edgeJoules, samplingJoules, gapJoules);
  const listed = parts
    .filter(([, joules]) => joules > 0)
    .map(([name, joules]) => `${name} ${formatQuantity(joules, 'J')}`);
  const of = listed.length > 0 ? ` (${listed.join(', ')})` : '';
  return `± ${formatQuantity(random, 'J')} from window to window${of}, ± ${formatQuantity(gainJoules, 'J')} gain of the device`;
}

/** What else there is to say of one figure, a sentence each. */
export function remarksOn(energy: UsableEnergy): readonly string[] {
  const { microjoules, rawMicrojoules, unattributedMicrojoules, check, events } = energy;
  const joules = joulesOf(microjoules);
  const raw =
    rawMicrojoules === undefined ? [] : [`corrected by its calibration; the sensor said ${quantity(rawMicrojoules)}`];
  const whole =
    unattributedMicrojoules === undefined
      ? []
      : [
          `of ${quantity(microjoules + unattributedMicrojoules)} of the whole device; the rest is charged to nobody here`,
        ];
  const second = check === undefined ? [] : [secondText(joulesOf(check.microjoules), joules, check.source)];
  return [...raw, ...whole, ...second, ...events.map(windowEventText)];
}

/** Energy above idle, or why there is none. */
export function netText(net: NetEnergy): string {
  if (net.kind === 'unusable') return `net of idle: unknown, ${net.reason}`;
  const { joules, idleWatts, uncertainty, belowIdle } = net;
  const standard = Math.hypot(netRandomJoules(uncertainty), uncertainty.gainJoules);
  const figure = uncertainJoules(joules, standard);
  const isBelow = belowIdle && joules < -2 * standard;
  const odd = isBelow ? '; below 0: it drew less than at rest before' : belowIdle ? '; it cannot be told from 0' : '';
  return `net of idle: ${figure}, idle being ${formatQuantity(idleWatts, 'W')}${odd}`;
}

/** A figure with its whole standard uncertainty. */
export const energyText = ({ microjoules, uncertainty }: UsableEnergy): string =>
  uncertainJoules(joulesOf(microjoules), standardJoules(uncertainty));

const quantity = (microjoules: bigint): string => formatQuantity(joulesOf(microjoules), 'J');

function secondText(second: number, first: number, source: string): string {
  const apart = first > 0 ? `, ${percentText(Math.abs(second / first - 1))} ${second < first ? 'less' : 'more'}` : '';
  return `second reading (${source}): ${formatQuantity(second, 'J')}${apart}`;
}
