import fc from 'fast-check';
import { expect, test } from 'vitest';

import { divideByWeight, HostShares } from '../../../../agent/meter/sampling/host-shares.js';
import { energyReading, makeLedger, MODEL, MS } from '../sensors.js';

test('parts are in proportion and add up exactly', () => {
  fc.assert(
    fc.property(
      fc.bigInt(0n, 10n ** 15n),
      fc.array(fc.bigInt(0n, 10n ** 12n), { minLength: 1, maxLength: 9 }),
      (whole, weights) => {
        const parts = divideByWeight(whole, weights);
        expect(parts.reduce((sum, part) => sum + part, 0n)).toBe(whole);
        expect(parts.every((part) => part >= 0n)).toBe(true);
      },
    ),
    { seed: 3 },
  );
  expect(divideByWeight(90n, [1n, 2n])).toEqual([30n, 60n]);
});

test('when no one used the processor, all are charged alike', () => {
  expect(divideByWeight(10n, [0n, 0n])).toEqual([5n, 5n]);
});

test('energy spent with no trial attached is charged to none, and not to the next one', () => {
  const host = makeLedger(MODEL);
  host.add(energyReading(0n, 0n));
  const shares = new HostShares(host);
  host.add(energyReading(100n * MS, 700n));
  shares.divide([]);
  host.add(energyReading(200n * MS, 1000n));
  const ledger = makeLedger(MODEL);
  ledger.add(energyReading(100n * MS, 0n));
  shares.divide([{ processorNanoseconds: 0n, ledger }]);
  expect(ledger.totalMicrojoules).toBe(300n);
});
