/** Figures of energy as people read them: value and uncertainty in one unit, and what the uncertainty is made of. */

import type { DeviceEnergy, EnergyUncertainty } from '../shared/domain/measurement.js';
import { netRandomJoules, type NetEnergy } from '../shared/domain/net-energy.js';
import { formatQuantity, formatUncertain, SI_PREFIXES } from '../shared/domain/quantity.js';
import { percentText } from '../shared/runtime/machine-text.js';
import { windowEventText } from '../shared/runtime/window-event-text.js';
import { joulesOf, standardJoules } from './energy-json.js';

type UsableEnergy = DeviceEnergy & { readonly kind: 'usable' };

/** Such as `1.834 ± 0.021 kJ`. */
export const uncertainJoules = (joules: number, standard: number): string => uncertainQuantity(joules, standard, 'J');

/** The same in any unit, with the prefix that suits the larger of the two. */
export function uncertainQuantity(value: number, standard: number, unit: string): string {
  const size = Math.max(Math.abs(value), standard);
  if (!(size > 0)) return `0 ${unit}`;
  const prefix = SI_PREFIXES.find(({ factor }) => size >= factor * 0.9995) ?? { factor: 1e-6, symbol: 'µ' };
  return `${formatUncertain(value / prefix.factor, standard / prefix.factor)} ${prefix.symbol}${unit}`;
}

/**
 * A figure of 0 that states no uncertainty is no exact 0: a share too small for its clock was charged nothing. Then all
 * that the device spent bounds it.
 *
 * @param most - Joules of the whole device; 0 when not even that is known.
 */
export function boundedJoules(joules: number, standard: number, most: number): string {
  if (joules !== 0 || standard > 0) return uncertainJoules(joules, standard);
  return boundText(most, 'J');
}

/** Of a figure that cannot be told from 0, with what it cannot exceed; 0: not known. */
export const boundText = (most: number, unit: string): string =>
  most > 0 ? `below ${formatQuantity(most, unit)}` : 'too little to be resolved';

/** Mean and peak power, and temperature at the edges where it is known; no mean where no energy was resolved. */
export function powerText({
  microjoules,
  meanWatts,
  peakWatts,
  temperatureCelsius: heat,
}: UsableEnergy): string | undefined {
  const facts = [
    microjoules === 0n ? '' : `mean ${formatQuantity(meanWatts, 'W')}`,
    peakWatts === undefined ? '' : `peak ${formatQuantity(peakWatts, 'W')}`,
    heat === undefined ? '' : heatText(heat),
  ].filter((fact) => fact !== '');
  return facts.length > 0 ? facts.join(', ') : undefined;
}

function heatText({ start, end }: { readonly start: number; readonly end: number }): string {
  const [first, last] = [Math.round(start), Math.round(end)];
  return first === last ? `${last} °C` : `${first} to ${last} °C`;
}

/** Such as `± 12 J from window to window (edges 11 J, sampling 3 J), ± 102 J gain of the device`; `undefined` if none is stated. */
export function uncertaintyText(uncertainty: EnergyUncertainty): string | undefined {
  if (standardJoules(uncertainty) === 0) return undefined;
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
  const gain = gainJoules > 0 ? `, ± ${formatQuantity(gainJoules, 'J')} gain of the device` : '';
  return `± ${formatQuantity(random, 'J')} from window to window${of}${gain}`;
}

/** What else there is to say of one figure, a sentence each. */
export function remarksOn(energy: UsableEnergy): readonly string[] {
  const { microjoules, rawMicrojoules, unattributedMicrojoules, check, events } = energy;
  const raw =
    rawMicrojoules === undefined ? [] : [`corrected by its calibration; the sensor said ${quantity(rawMicrojoules)}`];
  const whole =
    unattributedMicrojoules === undefined
      ? []
      : [
          `of ${quantity(microjoules + unattributedMicrojoules)} of the whole device; the rest is charged to nobody here`,
        ];
  const second = check === undefined ? [] : [secondText(check, energy)];
  return [...raw, ...whole, ...second, ...events.map(windowEventText)];
}

/** Energy above idle with the idle power, as `net of idle: …`; or why there is none. */
export function netText(net: NetEnergy, idleStandardWatts: number): string {
  if (net.kind === 'unusable') return `net of idle: unknown, ${net.reason}`;
  const { joules, idleWatts, uncertainty, belowIdle } = net;
  const standard = Math.hypot(netRandomJoules(uncertainty), uncertainty.gainJoules);
  const figure = uncertainJoules(joules, standard);
  const isBelow = belowIdle && joules < -2 * standard;
  const odd = isBelow ? '; below 0: it drew less than at rest before' : belowIdle ? '; it cannot be told from 0' : '';
  return `net of idle: ${figure}, idle being ${uncertainQuantity(idleWatts, idleStandardWatts, 'W')}${odd}`;
}

/** A figure with its whole standard uncertainty. */
export const energyText = (energy: UsableEnergy): string =>
  boundedJoules(joulesOf(energy.microjoules), standardJoules(energy.uncertainty), wholeJoules([energy]));

/** Joules of the whole devices that these figures are of; none can be more. */
export const wholeJoules = (energies: readonly DeviceEnergy[]): number =>
  energies.reduce(
    (sum, one) => (one.kind === 'usable' ? sum + joulesOf(one.microjoules + (one.unattributedMicrojoules ?? 0n)) : sum),
    0,
  );

const quantity = (microjoules: bigint): string => formatQuantity(joulesOf(microjoules), 'J');

/** What a calibration corrects is the first reading alone, so the second is set against what the sensor said. */
function secondText({ source, microjoules }: NonNullable<UsableEnergy['check']>, energy: UsableEnergy): string {
  const { rawMicrojoules, microjoules: figure } = energy;
  const own = rawMicrojoules ?? figure;
  const share = own > 0n ? joulesOf(microjoules) / joulesOf(own) - 1 : undefined;
  const apart =
    share === undefined
      ? ''
      : `, ${percentText(Math.abs(share))} ${share < 0 ? 'less' : 'more'}${rawMicrojoules === undefined ? '' : ' than the sensor said'}`;
  return `second reading (${source}): ${quantity(microjoules)}${apart}`;
}
