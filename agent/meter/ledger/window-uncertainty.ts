/** Standard uncertainty of the energy of a window, in the parts that behave differently. */

import type { EnergyUncertainty } from '../../../shared/domain/measurement.js';
import type { SensorTraits } from '../energy-source.js';
import type { KnotStore } from './knot-store.js';

/** What of a ledger the uncertainty depends on. */
export interface UncertainLedger {
  readonly knots: KnotStore;
  readonly options: { readonly traits: SensorTraits };
  readonly events: readonly {
    readonly kind: string;
    readonly fromNanoseconds: bigint;
    readonly toNanoseconds: bigint;
  }[];
}

export interface WindowEnergy {
  readonly start: bigint;
  readonly end: bigint;
  readonly microjoules: bigint;
}

/**
 * Edge, sampling, gap and gain of one window that lies within the knots, in joules.
 *
 * Edge: where between two updates the energy was spent, when the updates truly happened, and the counter's step.
 * Sampling: power that was seen only at points, or estimated. Gap: time between looks that is too long to interpolate.
 */
export function windowUncertainty(ledger: UncertainLedger, window: WindowEnergy): EnergyUncertainty {
  const { traits } = ledger.options;
  const { start, end, microjoules } = window;
  const joules = Number(microjoules) / 1e6;
  const edges = [start, end].map((instant) => edgeAt(ledger, instant));
  const points = traits.reads === 'power';
  const pointSampled = points ? pointSampling(ledger.knots, window) : 0;
  return {
    edgeJoules: Math.hypot(...edges.map(({ edge }) => edge)),
    samplingJoules: Math.hypot(pointSampled, traits.estimate * joules),
    gapJoules: Math.hypot(...edges.map(({ gap }) => gap), points ? gapsWithin(ledger, window) : 0),
    gainJoules: traits.gain * joules,
  };
}

interface EdgeUncertainty {
  readonly edge: number;
  readonly gap: number;
}

function edgeAt({ knots, options, events }: UncertainLedger, instant: bigint): EdgeUncertainty {
  const i = Math.min(Math.max(knots.lastAtOrBefore(instant), 0), knots.length - 2);
  const from = knots.at(i);
  const duration = Number(knots.at(i + 1) - from);
  const x = Math.min(1, Math.max(0, Number(instant - from) / duration));
  const joules = Number(knots.energy(i + 1) - knots.energy(i)) / 1e6;
  if (
    events.some((event) => event.kind === 'gap' && event.fromNanoseconds < instant && event.toNanoseconds > instant)
  ) {
    // Anything between nothing and all of the gap's energy may lie on one side: uniform in the middle, none at its ends.
    return { edge: 0, gap: (4 * x * (1 - x) * joules) / Math.sqrt(12) };
  }
  const quantum = options.traits.quantumMicrojoules / 1e6 / Math.sqrt(12);
  const averaging = Number(options.traits.averagingNanoseconds) / 2;
  const step = powerStep(knots, i);
  const place = (x * (1 - x) * step * duration) / 1e9 / Math.sqrt(3);
  const slack = Math.hypot((1 - x) * knots.slack(i), x * knots.slack(i + 1)) / Math.sqrt(3);
  const timing = (joules / duration) * slack;
  return { edge: Math.hypot(place, timing, quantum, (step * averaging) / 1e9 / Math.sqrt(3)), gap: 0 };
}

/**
 * Largest change of mean power around interval `i`, in watts.
 *
 * If power changes once from p to q at an unknown instant of the interval, the linear interpolation at the relative
 * place x is wrong by x (1 - x) |p - q| T / sqrt(3) in the root mean square over that instant.
 */
function powerStep(knots: KnotStore, i: number): number {
  const power = (j: number): number | undefined =>
    j < 0 || j + 1 >= knots.length
      ? undefined
      : (Number(knots.energy(j + 1) - knots.energy(j)) / Number(knots.at(j + 1) - knots.at(j))) * 1e3;
  const all = [power(i - 1), power(i), power(i + 1)].filter((watts) => watts !== undefined);
  return Math.max(...all) - Math.min(...all);
}

/** Point samples of power (or load) say nothing of what lies between: a step of dP anywhere in T errs by dP T / sqrt(12). */
function pointSampling(knots: KnotStore, { start, end }: WindowEnergy): number {
  let squares = 0;
  let previous: number | undefined;
  for (let i = Math.max(0, knots.lastAtOrBefore(start)); i + 1 < knots.length && knots.at(i) < end; i++) {
    const seconds = Number(knots.at(i + 1) - knots.at(i)) / 1e9;
    const watts = Number(knots.energy(i + 1) - knots.energy(i)) / 1e6 / seconds;
    if (previous !== undefined) squares += ((watts - previous) * seconds) ** 2 / 12;
    previous = watts;
  }
  return Math.sqrt(squares);
}

/** In a gap between point samples the mean power may lie anywhere up to twice what the line through its ends says. */
function gapsWithin({ knots, events }: UncertainLedger, { start, end }: WindowEnergy): number {
  const gaps = events.filter((e) => e.kind === 'gap' && e.fromNanoseconds >= start && e.toNanoseconds <= end);
  const joules = gaps.map(({ fromNanoseconds, toNanoseconds }) => {
    const first = knots.lastAtOrBefore(fromNanoseconds);
    const last = knots.lastAtOrBefore(toNanoseconds);
    return first < 0 ? 0 : Number(knots.energy(last) - knots.energy(first)) / 1e6;
  });
  return Math.hypot(...joules) / Math.sqrt(3);
}
