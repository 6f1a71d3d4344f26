import { expect, test } from 'vitest';

import { measureSettings, type MeasureFlags } from '../../agent/measure-flags.js';
import { UsageError } from '../../shared/domain/errors.js';

test('without flags the command runs once, with a live line every second', () => {
  expect(measureSettings({})).toEqual({ runs: { kind: 'once' }, idleSeconds: 0, everyMilliseconds: 1000, json: false });
});

test.each<[MeasureFlags, object]>([
  [{ repeat: '5' }, { runs: { kind: 'count', count: 5 } }],
  [{ until: '2%' }, { runs: { kind: 'until', relativeHalfWidth: 0.02, atMost: 30 } }],
  [{ until: '0.5 %', atMost: '100' }, { runs: { kind: 'until', relativeHalfWidth: 0.005, atMost: 100 } }],
  [{ until: '.05' }, { runs: { kind: 'until', relativeHalfWidth: 0.05, atMost: 30 } }],
  [{ idle: '5s' }, { idleSeconds: 5 }],
  [{ idle: '2 min' }, { idleSeconds: 120 }],
  [{ idle: '1.5' }, { idleSeconds: 1.5 }],
  [{ every: '250ms' }, { everyMilliseconds: 250 }],
  [{ every: '0' }, { everyMilliseconds: 0 }],
  [{ carbon: 'deu' }, { carbon: { label: 'DEU, 342 g CO2e/kWh' } }],
  [{ carbon: '41.5' }, { carbon: { gramsPerKilowattHour: 41.5, label: '41.5 g CO2e/kWh as stated' } }],
  [
    { output: 'energy.json', json: true },
    { output: 'energy.json', json: true },
  ],
])('%j is understood', (flags, expected) => {
  expect(measureSettings(flags)).toMatchObject(expected);
});

test.each<[MeasureFlags, string]>([
  [{ repeat: '0' }, '--repeat 0: must be a whole number of runs from 1 to 10000'],
  [{ repeat: '1.5' }, '--repeat 1.5: must be'],
  [{ repeat: '' }, '--repeat : must be'],
  [{ repeat: '3', until: '2%' }, '--repeat and --until exclude each other'],
  [{ until: '2' }, '--until 2: must be a relative half-width between 0 and 100 %, such as 2% or 0.02'],
  [{ until: '0' }, '--until 0: must be'],
  [{ until: '-1%' }, '--until -1%: must be'],
  [{ atMost: '9' }, '--at-most limits --until'],
  [{ until: '1%', atMost: 'x' }, '--at-most x: must be a whole number'],
  [{ idle: '5 parsecs' }, '--idle 5 parsecs: must be a duration such as 5s, 500ms or 2min'],
  [{ idle: '-5s' }, '--idle -5s: must be'],
  [{ idle: '1000h' }, '--idle 1000h: must be'],
  [{ every: '10ms' }, '--every 10ms: must be 0.1s or longer, or 0 for no live line'],
  [{ carbon: '0' }, '--carbon 0: must be grams of CO2e per kilowatt-hour above 0 and at most 10000, or a region'],
  [{ carbon: '-3' }, '--carbon -3: must be'],
  [{ carbon: '0x10' }, '--carbon 0x10: must be'],
  [{ carbon: '1e300' }, '--carbon 1e300: must be grams of CO2e per kilowatt-hour above 0 and at most 10000'],
  [{ carbon: '' }, '--carbon: is empty; give grams of CO2e per kilowatt-hour'],
  [{ carbon: 'DEX' }, 'DEX is no country or region of the Ember data. Did you mean DEU?'],
  [{ output: '' }, '--output: is empty'],
])('%j is refused with what would be right', (flags, message) => {
  expect(() => measureSettings(flags)).toThrow(UsageError);
  expect(() => measureSettings(flags)).toThrow(message);
});
