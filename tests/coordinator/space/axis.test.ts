import fc from 'fast-check';
import { expect, test } from 'vitest';

import { axisOf, type VaryingParameter } from '../../../coordinator/space/axis.js';
import { spaceFaults } from '../../../coordinator/space/space-faults.js';

const anyScale = fc.constantFrom('linear', 'log', 'logit');
const anyPower = fc.double({ min: -300, max: 300, noNaN: true });

/** Ranges of every width, some as narrow as a few neighbouring numbers. */
const anyRange: fc.Arbitrary<VaryingParameter> = fc
  .record({ scale: anyScale, power: anyPower, width: fc.double({ min: -16, max: 4, noNaN: true }), near: fc.boolean() })
  .map(({ scale, power, width, near }): VaryingParameter => {
    const p = { kind: 'float', name: 'p', scale } as const;
    if (scale === 'logit') {
      const edge = 10 ** Math.min(-0.31, -Math.abs(power) / 20);
      const far = Math.min(0.999, 10 ** Math.min(0, width));
      return near
        ? { ...p, low: 1 - edge, high: 1 - edge * far }
        : { ...p, low: edge * far, high: Math.min(edge, 0.999) };
    }
    const low = (near && scale === 'linear' ? -1 : 1) * 10 ** power;
    return { ...p, low, high: low + Math.abs(low) * 10 ** width };
  })
  .filter((parameter) => spaceFaults({ parameters: [parameter], constraints: [] }).length === 0);

const unit = fc.double({ min: 0, max: 1, noNaN: true });

test('a value of any range comes back bit by bit from its coordinate, and the ends are met exactly', () => {
  fc.assert(
    fc.property(anyRange, fc.array(unit, { minLength: 20, maxLength: 20 }), (parameter, places) => {
      const axis = axisOf(parameter);
      const { low, high } = parameter as { low: number; high: number };
      expect([axis.decode(0), axis.decode(1)]).toEqual([low, high]);
      for (const u of places) {
        const value = axis.decode(u);
        expect(axis.fault(value)).toBeUndefined();
        expect(axis.decode(axis.encode(value))).toBe(value);
      }
    }),
    { seed: 5, numRuns: 1500 },
  );
});

test('the widest ranges do not overflow', () => {
  const widest = axisOf({ kind: 'float', name: 'p', low: -1.7e308, high: 1.7e308, scale: 'linear' });
  expect(widest.decode(0.5)).toBe(0);
  expect(widest.decode(0.75)).toBeCloseTo(0.85e308, -300);
  const log = axisOf({ kind: 'float', name: 'p', low: 1e-300, high: 1e300, scale: 'log' });
  expect(log.decode(0.5)).toBeCloseTo(1, 9);
  expect(log.encode(1e-200)).toBeCloseTo(1 / 6, 12);
  const stepped = axisOf({ kind: 'float', name: 'p', low: -1e308, high: 1e308, scale: 'linear', step: 1e307 });
  expect(stepped.levels).toBe(21);
  expect(stepped.decode(0.5)).toBe(0);
});

/** Range, scale and step. */
const HUGE: readonly (readonly [number, number, 'linear' | 'log', number])[] = [
  [0, 2 ** 53 - 1, 'linear', 1],
  [1 - 2 ** 53, 2 ** 53 - 1, 'linear', 1],
  [1, 2 ** 53 - 1, 'linear', 7],
  [1, 2 ** 53 - 1, 'log', 1],
  [2 ** 52, 2 ** 53 - 1, 'log', 1],
  [0, 2 ** 45, 'linear', 1],
];

for (const [low, high, scale, step] of HUGE) {
  test(`whole numbers from ${low} to ${high} keep all their digits on a ${scale} scale in steps of ${step}`, () => {
    const axis = axisOf({ kind: 'integer', name: 'p', low, high, scale, step });
    fc.assert(
      fc.property(unit, (u) => {
        const value = Number(axis.decode(u));
        expect(Number.isSafeInteger(value)).toBe(true);
        expect(axis.fault(value)).toBeUndefined();
        expect(axis.decode(axis.encode(value))).toBe(value);
        expect(axis.level(axis.levelOf(value))).toBe(value);
      }),
      { seed: 6, numRuns: 500 },
    );
    const digits = new Set(Array.from({ length: 200 }, (_, i) => Number(axis.decode(0.9 + i / 2003)) % 10));
    expect(digits.size).toBeGreaterThanOrEqual(5);
  });
}

test('steps are written without rounding noise however they lie, and fine ones keep their digits', () => {
  const values = (low: number, high: number, step: number): unknown[] => {
    const axis = axisOf({ kind: 'float', name: 'p', low, high, scale: 'linear', step });
    return Array.from({ length: axis.levels }, (_, k) => axis.level(k));
  };
  expect(values(-0.3, 0.3, 0.1)).toEqual([-0.3, -0.2, -0.1, 0, 0.1, 0.2, 0.3]);
  expect(values(0, 5e-300, 1e-300)).toEqual([0, 1e-300, 2e-300, 3e-300, 4e-300, 5e-300]);
  expect(new Set(values(1e9, 1e9 + 1e-4, 1e-6)).size).toBe(101);
});
