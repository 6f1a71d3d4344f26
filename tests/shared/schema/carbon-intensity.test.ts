import { readFileSync } from 'node:fs';

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { UsageError } from '../../../shared/domain/errors.js';
import { carbonIntensity, carbonRegions, EMBER_ATTRIBUTION, grams } from '../../../shared/schema/carbon-intensity.js';
import { BUILTIN_CAMPAIGN, campaignOf, faultLines } from './campaign-texts.js';

const region = (name: string): ReturnType<typeof carbonIntensity> => carbonIntensity({ kind: 'region', region: name });
const stated = (figure: number): ReturnType<typeof carbonIntensity> =>
  carbonIntensity({ kind: 'stated', gramsPerKilowattHour: figure });

/** Figures for 2024 in Ember's own yearly table of May 2025; editions differ by revisions of a few percent. */
const EMBER_2024 = [
  ['USA', 383.55],
  ['FRA', 44.18],
  ['DEU', 344.14],
  ['CHN', 559.51],
  ['GBR', 210.89],
  ['WORLD', 472.94],
] as const;

test.each(EMBER_2024)('%s has the figure that Ember gives', (name, figure) => {
  expect(Math.abs(region(name).gramsPerKilowattHour / figure - 1)).toBeLessThan(0.03);
});

test('every region that is offered has a figure above 0', () => {
  expect(carbonRegions().length).toBeGreaterThan(200);
  for (const name of carbonRegions()) expect(region(name).gramsPerKilowattHour).toBeGreaterThan(0);
});

test('a kilowatt-hour is the intensity, and grams are proportional to joules', () => {
  expect(grams(3.6e6, stated(344))).toBe(344);
  fc.assert(
    fc.property(
      fc.double({ min: 0, max: 1e12, noNaN: true }),
      fc.double({ min: 1, max: 2000, noNaN: true }),
      (j, g) => {
        expect(grams(2 * j, stated(g))).toBeCloseTo(2 * grams(j, stated(g)), 6);
      },
    ),
  );
});

test('figures carry what they are and where they come from', () => {
  expect(region('deu')).toMatchObject({ label: 'DEU, 342 g CO2e/kWh', attribution: EMBER_ATTRIBUTION });
  expect(stated(12.5)).toEqual({
    gramsPerKilowattHour: 12.5,
    label: '12.5 g CO2e/kWh as stated',
    attribution: 'Carbon intensity: 12.5 g CO2e/kWh, as stated',
  });
});

test('the attribution names the edition that is installed', () => {
  const { version } = JSON.parse(readFileSync('node_modules/@tgwf/co2/package.json', 'utf8')) as { version: string };
  expect(EMBER_ATTRIBUTION).toContain(`@tgwf/co2 ${version}`);
  expect(EMBER_ATTRIBUTION).toContain('Ember (CC BY 4.0)');
});

describe('a region without a figure is refused,', () => {
  test.each([
    ['CAF', 'CAF is a place without a figure in the Ember data. Write'],
    ['CH', 'CH is no country or region of the Ember data. Did you mean CHL, CHN or CHE?'],
    ['DE', 'DE is no country or region of the Ember data. Did you mean DEU? Write'],
    ['WORD', 'Did you mean WORLD?'],
    ['', ' is no country or region of the Ember data. Write'],
    ['constructor', 'constructor is no country'],
  ])('%s with what would be right', (name, text) => {
    expect(() => region(name)).toThrow(UsageError);
    expect(() => region(name)).toThrow(text);
  });

  test('0 being missing data, it is not among those offered', () => {
    expect(carbonRegions()).not.toContain('CAF');
  });
});

describe('a campaign', () => {
  test('carries its place or its own figure', () => {
    expect(campaignOf({ ...BUILTIN_CAMPAIGN, carbon: { region: 'G20' } }).carbon).toEqual({
      kind: 'region',
      region: 'G20',
    });
    expect(campaignOf({ ...BUILTIN_CAMPAIGN, carbon: { 'grams-per-kwh': 344 } }).carbon).toEqual({
      kind: 'stated',
      gramsPerKilowattHour: 344,
    });
    expect(campaignOf(BUILTIN_CAMPAIGN).carbon).toBeUndefined();
  });

  test('with a place that there is not is refused with the nearest', () => {
    expect(faultLines({ ...BUILTIN_CAMPAIGN, carbon: { region: 'DEX' } })).toEqual([
      'carbon.region: is DEX, no country or region of the Ember data. Did you mean DEU? Write a three-letter country code such as DEU, a region such as EU or WORLD, or your own grams per kilowatt-hour.',
    ]);
  });

  test('without electricity data of its place is told so', () => {
    expect(faultLines({ ...BUILTIN_CAMPAIGN, carbon: { region: 'CAF' } })[0]).toContain(
      'carbon.region: is CAF, a place without a figure',
    );
  });
});
