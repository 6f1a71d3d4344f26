/** Energies that their uncertainties do not tell apart. */

/** One figure of a front, with the standard uncertainty that it does not share with the others. */
export interface TieCandidate {
  /** Of its trial, as printed. */
  readonly index: number;
  readonly value: number;
  readonly random: number;
}

/** Neighbours that differ by at most this many standard uncertainties of their difference are not told apart. */
const TIE_LEVEL = 2;

/**
 * Runs of two or more neighbours in order of value, each not told apart from the next; least value first.
 *
 * What is common to all figures of a device cancels in a difference, so it is no part of `random`.
 */
export function tiedRuns(candidates: readonly TieCandidate[]): number[][] {
  const runs: TieCandidate[][] = [];
  for (const candidate of [...candidates].sort((a, b) => a.value - b.value)) {
    const run = runs.at(-1);
    const last = run?.at(-1);
    if (run && last && areTied(last, candidate)) run.push(candidate);
    else runs.push([candidate]);
  }
  return runs.filter((run) => run.length > 1).map((run) => run.map(({ index }) => index));
}

const areTied = (a: TieCandidate, b: TieCandidate): boolean =>
  Math.abs(a.value - b.value) <= TIE_LEVEL * Math.hypot(a.random, b.random);

/** Such as `energy: 5 ≈ 8, 9 ≈ 11 ≈ 12`; `undefined` where all are told apart. */
export function tieText(objective: string, candidates: readonly TieCandidate[]): string | undefined {
  const runs = tiedRuns(candidates);
  return runs.length === 0 ? undefined : `${objective}: ${runs.map((run) => run.join(' ≈ ')).join(', ')}`;
}

/** What `≈` means, to stand behind the texts. */
export const TIE_MEANING =
  '≈: not told apart, neighbours differ by at most two standard uncertainties without what is common to a device.';
