/** Chooses a few outcomes of a front that together dominate much. All objectives are minimised. */

import { scrambledSobol } from './sobol.js';

/** Quasi-random points at which dominated volume is measured: 64 words of 32. */
const WORDS = 64;
/** Distance of the bound beyond the worst outcomes, as a share of their range. */
const MARGIN = 0.1;

/**
 * Indices of `count` outcomes, each adding the most hypervolume to those before it.
 *
 * Volumes are measured at quasi-random points of the box that the outcomes span, to about a thousandth of it: enough to
 * break ties, and as quick for many objectives as for two. Source: greedy subset selection of Guerreiro, Fonseca &
 * Paquete (2016), "Greedy Hypervolume Subset Selection in Low Dimensions", Evol. Comput. 24(3).
 *
 * @param outcomes - each of length m, finite; more than `count`.
 */
export function spreadOverFront(outcomes: readonly Float64Array[], count: number): number[] {
  const dominated = dominatedSamples(outcomes);
  const covered = new Uint32Array(WORDS);
  const chosen: number[] = [];
  const left = new Set(outcomes.keys());
  while (chosen.length < count) {
    let best = -1;
    let most = -1;
    for (const i of left) {
      const added = addedBy(dominated[i]!, covered);
      if (added > most) [best, most] = [i, added];
    }
    chosen.push(best);
    left.delete(best);
    dominated[best]!.forEach((word, w) => (covered[w]! |= word));
  }
  return chosen;
}

/** For each outcome, the samples that it dominates, as bits. */
function dominatedSamples(outcomes: readonly Float64Array[]): Uint32Array[] {
  const m = outcomes[0]!.length;
  const best = Float64Array.from({ length: m }, (_, j) => Math.min(...outcomes.map((each) => each[j]!)));
  const worst = Float64Array.from({ length: m }, (_, j) => Math.max(...outcomes.map((each) => each[j]!)));
  const sequence = scrambledSobol(m, 'spread over front');
  const samples = Array.from({ length: 32 * WORDS }, (_, s) =>
    sequence.point(s).map((u, j) => best[j]! + u * (1 + MARGIN) * (worst[j]! - best[j]!)),
  );
  return outcomes.map((outcome) => {
    const bits = new Uint32Array(WORDS);
    for (let s = 0; s < samples.length; s++) if (isWithin(outcome, samples[s]!)) bits[s >> 5]! |= 1 << (s & 31);
    return bits;
  });
}

function isWithin(outcome: Float64Array, sample: Float64Array): boolean {
  for (let j = 0; j < outcome.length; j++) if (!(outcome[j]! <= sample[j]!)) return false;
  return true;
}

function addedBy(bits: Uint32Array, covered: Uint32Array): number {
  let added = 0;
  for (let w = 0; w < WORDS; w++) added += ones(bits[w]! & ~covered[w]!);
  return added;
}

/** Number of bits set in a word. Source: Warren (2012), Hacker's Delight, figure 5-2. */
function ones(word: number): number {
  let x = word - ((word >>> 1) & 0x55555555);
  x = (x & 0x33333333) + ((x >>> 2) & 0x33333333);
  return Math.imul((x + (x >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
