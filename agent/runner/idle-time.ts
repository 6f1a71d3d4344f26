/** The machine at rest before a trial: metered only where rest is what it is, and otherwise skipped with the reason. */

import { BOUNDARY_PARTS, isMeasured, type WindowReading } from '../../shared/domain/measurement.js';
import type { TrialMeter } from '../meter/meter.js';
import { readWindow } from './attempt-energy.js';
import { boundaryProvenances } from './boundary-sensors.js';
import { busyShare, isBusy, type ProcessorTimes } from './processor-load.js';
import { NOTHING, type RestOptions, type RestPart } from './rest.js';
import { foreignUse } from './strangers.js';

const LOOK_MILLISECONDS = 250;
/** The load over less than this says little; at the end it has to do. */
const LOAD_NANOSECONDS = 1_000_000_000n;

/** Why there is no idle window in any case; `undefined` where one may be tried. */
export function whyNoIdle({ meter, boundary, devices, measurement }: RestOptions): RestPart | undefined {
  if (measurement.idleSeconds === 0) return NOTHING;
  const provenances = boundaryProvenances(meter.sensors, boundary, devices);
  const last = provenances.at(-1);
  if (last === undefined) return skipped(`no sensor within the boundary ${boundary}`);
  if (provenances.some((provenance) => provenance === 'integrated' || provenance === 'counter')) return undefined;
  if (last === 'shared-estimate') return skipped('a share of a device has no idle power');
  return skipped(`${last === 'model' ? 'modelled' : 'simulated'} energy has no idle power`);
}

/** Meters the rest; what disturbs it, also for a moment, makes it void. */
export async function idleTime(options: RestOptions, trial: TrialMeter): Promise<RestPart> {
  const { meter, clock, devices, stop, measurement } = options;
  const strangers = await foreignUse(meter, devices);
  if (strangers !== undefined) return skipped(strangers);
  const host = new HostRest(options);
  const startNanoseconds = clock.monotonicNanoseconds();
  const lasted = (): number => Number(clock.monotonicNanoseconds() - startNanoseconds) / 1e6;
  const length = 1000 * measurement.idleSeconds;
  while (lasted() < length) {
    const disturbance = host.disturbance();
    if (disturbance !== undefined && host.isWithinBoundary) return skipped(disturbance);
    await clock.sleep(Math.min(LOOK_MILLISECONDS, length - lasted()), stop).catch(() => undefined);
    if (stop.aborted) return NOTHING;
  }
  const disturbance = host.disturbance('at the end');
  if (disturbance !== undefined && host.isWithinBoundary) return skipped(disturbance);
  const endNanoseconds = clock.monotonicNanoseconds();
  const joined = await foreignUse(meter, devices);
  if (joined !== undefined) return skipped(joined);
  const window = await readWindow(trial, { kind: 'idle', label: '', ordinal: 0, startNanoseconds, endNanoseconds });
  const kept = measured(disturbance === undefined ? window : acceleratorsOf(window));
  const unusable = kept.devices.find((energy) => energy.kind === 'unusable');
  // Such as by others who came and went between the looks at both ends.
  if (unusable) return skipped(`${unusable.device}: ${unusable.reason}`);
  return { windows: [kept], facts: disturbance === undefined ? {} : { idle: `accelerators only: ${disturbance}` } };
}

/** Whether the processors rest; once disturbed, the rest stays disturbed. */
class HostRest {
  /** The processors count into the energy that the campaign wants. */
  readonly isWithinBoundary: boolean;
  readonly #options: RestOptions;
  readonly #begin: ProcessorTimes | undefined;
  readonly #beginNanoseconds: bigint;
  #disturbance: string | undefined;

  constructor(options: RestOptions) {
    this.#options = options;
    this.isWithinBoundary = BOUNDARY_PARTS[options.boundary].some((part) => part !== 'accelerator');
    this.#begin = options.processorTimes();
    this.#beginNanoseconds = options.clock.monotonicNanoseconds();
    if (this.#begin === undefined) this.#disturbance = 'the load of the processors is unknown here';
  }

  disturbance(when: 'meanwhile' | 'at the end' = 'meanwhile'): string | undefined {
    const { clock, companions } = this.#options;
    if (companions() > 0) this.#disturbance ??= 'another trial runs here';
    const isTelling = clock.monotonicNanoseconds() - this.#beginNanoseconds >= LOAD_NANOSECONDS;
    if (isTelling || when === 'at the end') this.#disturbance ??= this.#load();
    return this.#disturbance;
  }

  #load(): string | undefined {
    const { processorTimes } = this.#options;
    const now = processorTimes();
    const share = now && this.#begin && busyShare(this.#begin, now);
    if (share === undefined) return 'the load of the processors is unknown here';
    return isBusy(share, now?.processors ?? 1) ? `the machine is busy (CPU ${Math.round(100 * share)} %)` : undefined;
  }
}

/** Processors that did not rest have no part in it. */
const acceleratorsOf = (window: WindowReading): WindowReading => ({
  ...window,
  devices: window.devices.filter(({ part }) => part === 'accelerator'),
});

/** A model or a simulation beside a sensor has no idle power. */
const measured = (window: WindowReading): WindowReading => ({
  ...window,
  devices: window.devices.filter((energy) => energy.kind === 'unusable' || isMeasured(energy.provenance)),
});

const skipped = (reason: string): RestPart => ({ windows: [], facts: { idle: `skipped: ${reason}` } });
