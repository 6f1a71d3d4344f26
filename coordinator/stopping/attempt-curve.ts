/** The learning curve of one attempt, put together from what its agent tells. */

import type { AttemptEvent } from '../../shared/domain/event.js';
import { BOUNDARY_PARTS, type AttemptEnergy, type Boundary } from '../../shared/domain/measurement.js';
import type { CurvePoint } from './learning-curve.js';

/** Reports closer to each other than this part of the work are one point, the latest. */
const STEP = 1 / 128;
/** More readings of energy than this are thinned to every other one. */
const MOST_READINGS = 1024;

interface Report {
  readonly atMilliseconds: number;
  readonly fraction: number;
  readonly metrics: Readonly<Record<string, number>>;
}

interface Reading {
  readonly atMilliseconds: number;
  readonly joules: number;
}

/** Grows with the events of its attempt, in their order; its size is bounded. */
export class AttemptCurve {
  readonly #boundary: Boundary;
  readonly #reports: Report[] = [];
  #readings: readonly Reading[] = [];

  /** @param boundary - of the campaign's energy, on the devices of the attempt. */
  constructor(boundary: Boundary) {
    this.#boundary = boundary;
  }

  /** The fraction last reported; 0 before the first. */
  get fraction(): number {
    return this.#reports.at(-1)?.fraction ?? 0;
  }

  add({ wallMilliseconds: atMilliseconds, body }: Pick<AttemptEvent, 'wallMilliseconds' | 'body'>): void {
    if (body.kind === 'reported' && body.fraction !== undefined && body.fraction > 0) {
      const { fraction, metrics } = body;
      const before = this.#reports.at(-2)?.fraction ?? 0;
      // Replaces the last one while both lie in one step from the one before.
      if (this.#reports.length > 0 && fraction < before + STEP) this.#reports.pop();
      this.#reports.push({ atMilliseconds, fraction, metrics });
    }
    if (body.kind === 'metered') this.#read({ atMilliseconds, joules: joulesWithin(body.energy, this.#boundary) });
  }

  /** In ascending order of time. Energy is interpolated between readings, and not known after the last. */
  points(): readonly CurvePoint[] {
    return this.#reports.map(({ atMilliseconds, fraction, metrics }) => {
      const joules = this.#joulesAt(atMilliseconds);
      return { fraction, metrics, ...(joules !== undefined && { joules }) };
    });
  }

  #read({ atMilliseconds, joules }: { readonly atMilliseconds: number; readonly joules: number | undefined }): void {
    if (joules === undefined) return;
    const all = [...this.#readings, { atMilliseconds, joules }];
    this.#readings = all.length > MOST_READINGS ? all.filter((_, i) => i % 2 === 0) : all;
  }

  #joulesAt(atMilliseconds: number): number | undefined {
    const index = this.#readings.findIndex((reading) => reading.atMilliseconds >= atMilliseconds);
    const [before, after] = [this.#readings[index - 1], this.#readings[index]];
    if (!before || !after) return undefined;
    const span = after.atMilliseconds - before.atMilliseconds;
    return before.joules + ((after.joules - before.joules) * (atMilliseconds - before.atMilliseconds)) / span;
  }
}

/** Energy within a boundary; `undefined` where nothing of it is metered. */
export function joulesWithin(energy: readonly AttemptEnergy[], boundary: Boundary): number | undefined {
  const covered = energy.filter(({ part }) => BOUNDARY_PARTS[boundary].includes(part));
  return covered.length === 0 ? undefined : Number(covered.reduce((sum, one) => sum + one.microjoules, 0n)) / 1e6;
}
