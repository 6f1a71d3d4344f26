/** Grams of CO2 equivalent from joules, by a place that was named or a figure that was given; a place is never guessed. */

import { averageIntensity } from '@tgwf/co2/data';

import type { CarbonIntensity } from '../domain/campaign.js';
import { UsageError } from '../domain/errors.js';
import { nearest } from './fault.js';

/** A carbon intensity with what must stand beside every figure made with it. */
export interface KnownIntensity {
  /** Grams of CO2 equivalent per kilowatt-hour, life cycle, of the electricity produced there. */
  readonly gramsPerKilowattHour: number;
  /** Such as `DEU, 342 g CO2e/kWh`. */
  readonly label: string;
  /** Where the figure comes from, in one line; its licence asks for it. */
  readonly attribution: string;
}

/**
 * The yearly average of each country or region by Ember, for the latest year that Ember has of it. The package does not
 * say which year that is: in its edition 0.19.0 it is 2024 for about half of the regions, 2023 or 2022 for the others.
 */
export const EMBER_ATTRIBUTION =
  'Electricity data: Ember (CC BY 4.0), latest year of each region, via @tgwf/co2 0.19.0';

/** Several times what the dirtiest power stations emit: a figure above it is a slip. */
export const MOST_GRAMS_PER_KILOWATT_HOUR = 10_000;

/** @throws {UsageError} for a region without a figure, naming the nearest. */
export function carbonIntensity(choice: CarbonIntensity): KnownIntensity {
  if (choice.kind === 'stated') {
    const { gramsPerKilowattHour } = choice;
    const figure = `${gramsPerKilowattHour} g CO2e/kWh`;
    return {
      gramsPerKilowattHour,
      label: `${figure} as stated`,
      attribution: `Carbon intensity: ${figure}, as stated`,
    };
  }
  const refusal = regionRefusal(choice.region);
  if (refusal) throw new UsageError(`${choice.region} is ${refusal.what}. ${refusal.remedy}`);
  const region = choice.region.toUpperCase();
  const gramsPerKilowattHour = figureOf(region) ?? NaN;
  return {
    gramsPerKilowattHour,
    label: `${region}, ${Math.round(gramsPerKilowattHour)} g CO2e/kWh`,
    attribution: EMBER_ATTRIBUTION,
  };
}

/** Grams of CO2 equivalent; the energy's own uncertainty and provenance hold for them too. */
export const grams = (joules: number, { gramsPerKilowattHour }: KnownIntensity): number =>
  (joules / JOULES_PER_KILOWATT_HOUR) * gramsPerKilowattHour;

/** Countries (ISO 3166 alpha-3) and regions that have a figure. */
export const carbonRegions = (): readonly string[] =>
  Object.keys(averageIntensity.data).filter((region) => figureOf(region) !== undefined);

/** Why a region has no figure. */
export interface RegionRefusal {
  /** Follows "NAME is". */
  readonly what: string;
  readonly remedy: string;
}

/** `undefined` for a region that has a figure, in capitals or not. */
export function regionRefusal(region: string): RegionRefusal | undefined {
  const name = region.toUpperCase();
  if (figureOf(name) !== undefined) return undefined;
  if (Object.hasOwn(averageIntensity.data, name)) {
    return { what: 'a place without a figure in the Ember data', remedy: `Write ${OTHERWISE}.` };
  }
  const meant = meantBy(name);
  const question = meant.length > 0 ? `Did you mean ${listed(meant)}? ` : '';
  return { what: 'no country or region of the Ember data', remedy: `${question}Write ${OTHERWISE}.` };
}

const JOULES_PER_KILOWATT_HOUR = 3.6e6;

const OTHERWISE =
  'a three-letter country code such as DEU, a region such as EU or WORLD, or your own grams per kilowatt-hour';

/** A 0 stands for missing data in this set: no grid is free of emissions over its life cycle. */
function figureOf(region: string): number | undefined {
  if (!Object.hasOwn(averageIntensity.data, region)) return undefined;
  const figure = averageIntensity.data[region];
  return figure !== undefined && figure > 0 ? figure : undefined;
}

/** Two-letter codes begin like several three-letter ones; then all of these are named. */
function meantBy(name: string): readonly string[] {
  const known = carbonRegions();
  const begun = name.length >= 2 ? known.filter((region) => region.startsWith(name)) : [];
  if (begun.length > 0) return begun.slice(0, MOST_NAMED);
  const near = nearest(name, known);
  return near === undefined ? [] : [near];
}

const MOST_NAMED = 5;

const listed = (names: readonly string[]): string =>
  names.length === 1 ? (names[0] ?? '') : `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`;
