import { describe, expect, test } from 'vitest';

import { PHASES, squareTrace, stepTrace, tryTrace, type TraceResult } from '../../../support/synthetic-power-traces.js';

const mean = (results: readonly TraceResult[], pick: (result: TraceResult) => number): number =>
  results.reduce((sum, result) => sum + pick(result), 0) / results.length;

describe('a sensor that sees everything, under steps of 6 s', () => {
  test.each([
    [1, 0.007],
    [5, 0.002],
  ])('windows of %d s follow the truth within %d rms, whatever the phase of the looks', (window, most) => {
    for (const phase of PHASES) {
      const { rms, naiveRms } = tryTrace(stepTrace(), window, phase);
      expect(rms).toBeLessThan(most);
      expect(rms).toBeLessThan(naiveRms / 2);
    }
  });
});

describe('a sensor that sees 25 ms of every 100 ms, under a square wave of 104 ms', () => {
  test.each([1, 5])('the interval of a window of %d s holds the truth and is not needlessly wide', (window) => {
    const results = PHASES.map((phase) => tryTrace(squareTrace(), window, phase));
    expect(mean(results, ({ held }) => held)).toBeGreaterThanOrEqual(0.93);
    expect(mean(results, ({ halfWidth }) => halfWidth)).toBeLessThanOrEqual(
      3 * mean(results, ({ naiveRms }) => naiveRms),
    );
    for (const { beats } of results) expect(beats).toBeGreaterThan(0.9);
  });
});
