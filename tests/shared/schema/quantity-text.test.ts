import { expect, test } from 'vitest';

import type { QuantityKind } from '../../../shared/schema/quantity-text.js';
import { parseQuantity, unitsOf } from '../../../shared/schema/quantity-text.js';

test.each([
  ['50 kJ', 'energy', 50_000],
  ['0.5 kWh', 'energy', 1.8e6],
  ['1Wh', 'energy', 3600],
  ['2.5e2 MJ', 'energy', 2.5e8],
  ['90 min', 'duration', 5400],
  ['2 h', 'duration', 7200],
  ['1 d', 'duration', 86_400],
  ['0 s', 'duration', 0],
  ['16 GiB', 'bytes', 17_179_869_184],
  ['100 GB', 'bytes', 1e11],
] as const)('%s of %s is %d in the canonical unit', (text, kind, value) => {
  expect(parseQuantity(text, kind)).toBe(value);
});

test.each(['50', '50 kj', '-1 kJ', '50  kJ', 'kJ', '1e400 J', '50 kJ ', '0x10 J', '5 min', '1,5 kJ'])(
  '%j is no energy',
  (text) => {
    expect(parseQuantity(text, 'energy')).toBeUndefined();
  },
);

test('every unit can be written', () => {
  for (const kind of ['energy', 'duration', 'bytes'] satisfies QuantityKind[]) {
    for (const unit of unitsOf(kind)) expect(parseQuantity(`1 ${unit}`, kind)).toBeGreaterThan(0);
  }
});
