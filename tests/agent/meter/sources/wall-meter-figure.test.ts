import { describe, expect, test } from 'vitest';

import {
  figureAtPath,
  figureInText,
  plausibleFigure,
  type WallFigure,
} from '../../../../agent/meter/sources/wall-meter-figure.js';
import { WALL_DEFAULTS, type WallUnit } from '../../../../agent/meter/sources/wall-meter-settings.js';
import { WALL_METER, wallMeterSource } from '../../../../agent/meter/sources/wall-meter-source.js';
import { ManualClock } from '../manual-clock.js';

const value = (found: WallFigure): number | string => (found.ok ? found.value : found.reason);

describe('a number within a word', () => {
  test.each(['0x10', '1_000', 'power 0x1F W', '12W3', '5e3_'])('%s is no figure', (output) =>
    expect(value(figureInText(output))).toMatch(/no plain number/),
  );

  test.each([
    ['81.5W', 81.5],
    ['81.5Watts', 81.5],
    ['1.2kW now', 1.2],
  ])('%s has a unit', (output, expected) => expect(value(figureInText(output))).toBe(expected));

  test('a document’s text is held to the same', () => {
    expect(value(figureAtPath({ x: '0x10' }, 'x'))).toMatch(/not a number/);
    expect(value(figureAtPath({ x: '0e400' }, 'x'))).toMatch(/no figure of a meter/);
  });
});

describe('what no machine draws', () => {
  const figure = (shown: number, unit: WallUnit) =>
    value(plausibleFigure({ ok: true, value: shown, decimals: 0 }, unit));

  test.each([
    [0, 'W', /0 W is no figure of a machine that runs/],
    [1e-5, 'mW', /no figure of a machine that runs/],
    [1e308, 'W', /more than any machine/],
    [100.1, 'kW', /more than any machine/],
    [5e9, 'mW', /5000000000 mW is more than any machine draws: look at its unit/],
    [1e308, 'kWh', /more than any machine/],
  ] as const)('%d %s', (shown, unit, why) => expect(figure(shown, unit)).toMatch(why));

  test.each([
    [0, 'J'],
    [0, 'kWh'],
    [0.001, 'W'],
    [1e5, 'W'],
    [1e9, 'kWh'],
  ] as const)('%d %s may be', (shown, unit) => expect(figure(shown, unit)).toBe(shown));

  test.each([0, 1e308])('a meter that shows %d W is missing, and its later figures are failures', async (shown) => {
    const settings = { ...WALL_DEFAULTS, reads: 'command', command: 'meter' } as const;
    const clock = new ManualClock();
    const source = wallMeterSource({
      clock,
      settings,
      ask: () => Promise.resolve({ ok: true, value: shown, decimals: 0 }),
    });
    await source.prepare?.();
    expect(source.probe()).toMatchObject({ found: [], missing: [{ device: WALL_METER, available: false }] });
    source.sample(new Set([WALL_METER]), []);
    await clock.advance(0);
    expect(source.sample(new Set([WALL_METER]), [])).toMatchObject([{ kind: 'failed' }]);
  });
});
