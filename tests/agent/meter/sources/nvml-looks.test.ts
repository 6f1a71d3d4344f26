import { afterAll, describe, expect, test } from 'vitest';

import { present } from '../../../../shared/domain/present.js';
import { HeldDevice } from '../../../../agent/meter/sampling/held-device.js';
import { cCompiler, type NvmlScenario } from '../../../support/fake-nvml.js';
import { CARD, held, NvmlFixture, UUID } from './nvml-fixture.js';

const compiler = cCompiler();
const LOOK_MILLISECONDS = 20;

const energyOf = (told: bigint | object): unknown =>
  typeof told === 'object' && 'microjoules' in told ? told.microjoules : told;

const WAVE: NvmlScenario = {
  ...CARD,
  'gpu0.energy': 1_000_000,
  'gpu0.energy.watts': 100,
  'gpu0.energy.period_ms': 100,
  'gpu0.square.watts': 200,
  'gpu0.square.period_ms': 730,
  'gpu0.field186': 'true',
};

describe.skipIf(compiler === undefined)('looks that are read some at a time', () => {
  const nvml = new NvmlFixture(compiler ?? '');
  afterAll(() => nvml[Symbol.dispose]());

  /** What the ledger of the card says in the end, of looks that were read `together` at a time. */
  const told = (scenario: NvmlScenario, together: number) => {
    const { only, source, at, sample } = nvml.probe(scenario);
    const device = new HeldDevice(only);
    const start = 1_000_000_000_000n;
    let count = 0;
    for (let i = 11; i <= 310; i++) {
      at(i * LOOK_MILLISECONDS);
      source.look?.(held(UUID));
      if (i % together > 0) continue;
      for (const reading of sample()) {
        count++;
        device.add(reading);
      }
    }
    const window = (from: number, to: number) =>
      device.window(undefined, { start: start + BigInt(from) * 1_000_000n, end: start + BigInt(to) * 1_000_000n });
    const { totalMicrojoules, events } = present(device.ledger, 'ledger');
    return {
      count,
      told: [totalMicrojoules, ...events, window(500, 5500), window(1000, 2000), window(3333, 4444)],
    };
  };

  test.each([
    ['a counter with its power', WAVE],
    ['a counter that starts anew', { ...WAVE, 'gpu0.energy.reset_ms': 2510 }],
    ['a counter that stands still', { ...WAVE, 'gpu0.energy.stuck_ms': 2500 }],
    ['a counter that fails for a while', { ...WAVE, 'gpu0.energy.status': '0,999@2000,0@2400' }],
    [
      'two functions instead of fields',
      { ...WAVE, 'gpu0.field83.status': '3', 'gpu0.field186.status': '3', 'gpu0.power': 'true' },
    ],
  ] as const)('%s: every figure is the same as of looks read one by one', (_, scenario) => {
    expect(told(scenario, 10).told).toEqual(told(scenario, 1).told);
  });

  test('power alone: energies are the same; their uncertainty depends on when a steady power was looked at', () => {
    const scenario = { ...WAVE, now_ms: 200, 'gpu0.energy.status': '3' };
    const energies = [1, 10].map((together) => told(scenario, together).told.map(energyOf));
    expect(energies[1]).toEqual(energies[0]);
  });

  test('of looks that show the same only the last is told', () => {
    expect(told(WAVE, 10).count).toBeLessThan(told(WAVE, 1).count / 3);
  });

  test('a lost card is asked again after a second', () => {
    const { source, at, sample } = nvml.probe({
      ...WAVE,
      'gpu0.field83.status': '0,15@1000,0@1500',
      'gpu0.field186.status': '0,15@1000,0@1500',
    });
    const seen: (readonly [number, string])[] = [];
    for (let i = 1; i <= 150; i++) {
      at(i * LOOK_MILLISECONDS);
      source.look?.(held(UUID));
      if (i % 10 > 0) continue;
      for (const { kind, atNanoseconds } of sample())
        seen.push([Number(atNanoseconds - 1_000_000_000_000n) / 1e6, kind]);
    }
    const lost = seen.filter(([, kind]) => kind === 'failed').map(([ms]) => ms);
    expect(lost[0]).toBe(1000);
    expect(lost.at(-1)).toBeGreaterThan(1900);
    expect(lost.at(-1)).toBeLessThan(2300);
    expect(seen.at(-1)?.[1]).toBe('energy');
  });
});
