/** Waiting until the devices of a trial are no hotter than the campaign wants them at its start. */

import type { DeviceId } from '../../shared/domain/identity.js';
import type { Meter, TrialMeter } from '../meter/meter.js';
import { readWindow } from './attempt-energy.js';
import { NOTHING, type RestOptions, type RestPart } from './rest.js';

/** Conditions are read about once a second. */
const LOOK_MILLISECONDS = 1000;

/** The wait is a window of its own, `cool-down`. */
export async function coolDown(options: RestOptions, trial: TrialMeter): Promise<RestPart> {
  const { meter, clock, devices, stop } = options;
  const { coolDownCelsius: limit, coolDownSeconds } = options.measurement;
  if (limit === undefined) return NOTHING;
  const startNanoseconds = clock.monotonicNanoseconds();
  const seconds = (): number => Number(clock.monotonicNanoseconds() - startNanoseconds) / 1e9;
  let hottest = await hottestOf(meter, devices);
  if (typeof hottest === 'string') return said(`no wait: ${hottest}`);
  if (hottest <= limit) return said(`no wait: ${hottest} °C, no more than ${limit} °C`);
  while (typeof hottest === 'number' && hottest > limit && seconds() < coolDownSeconds && !stop.aborted) {
    const left = 1000 * (coolDownSeconds - seconds());
    await clock.sleep(Math.min(LOOK_MILLISECONDS, left), stop).catch(() => undefined);
    hottest = await hottestOf(meter, devices);
  }
  const endNanoseconds = clock.monotonicNanoseconds();
  const marked = { kind: 'cool-down', label: '', ordinal: 0, startNanoseconds, endNanoseconds };
  const waited = `waited ${seconds().toFixed(0)} s`;
  const outcome = typeof hottest === 'string' ? `then ${hottest}` : temperatureText(hottest, limit);
  return { ...said(`${waited}: ${outcome}`), windows: [await readWindow(trial, marked)] };
}

const temperatureText = (celsius: number, limit: number): string =>
  celsius <= limit ? `${celsius} °C, no more than ${limit} °C` : `still ${celsius} °C, more than ${limit} °C`;

/** In degrees Celsius; a text says why it is not known. */
async function hottestOf(meter: Meter, devices: readonly DeviceId[]): Promise<number | string> {
  if (devices.length === 0) return 'no device with a temperature is held';
  const conditions = await meter.conditions(devices);
  const temperatures: number[] = [];
  for (const id of devices) {
    const celsius = conditions.find(({ device }) => device === id)?.temperatureCelsius;
    if (celsius === undefined) return `the temperature of ${id} is unknown`;
    temperatures.push(celsius);
  }
  return Math.max(...temperatures);
}

const said = (text: string): RestPart => ({ windows: [], facts: { 'cool-down': text } });
