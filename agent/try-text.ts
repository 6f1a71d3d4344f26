/** What one trial cost and yielded, for people and for programs; sealed metrics only by name. */

import type { Objective } from '../shared/domain/campaign.js';
import type { Configuration } from '../shared/domain/configuration.js';
import type { DeviceEnergy, WindowReading } from '../shared/domain/measurement.js';
import { formatDuration, formatMeasure, formatNumber } from '../shared/domain/quantity.js';
import type { AttemptEnd, Observation, TrialResult } from '../shared/domain/trial.js';
import { PROVENANCE_MEANING } from '../shared/runtime/machine-text.js';
import { printable, textWidth } from '../shared/runtime/terminal-text.js';
import { deviceEnergyJson, joulesOf, standardJoules } from './energy-json.js';
import { boundText, energyText, uncertainJoules, uncertainQuantity, wholeJoules } from './energy-text.js';

export interface MetricNames {
  /** Every metric that the campaign names. */
  readonly all: readonly string[];
  readonly sealed: readonly string[];
}

/** Lines for a terminal. */
export function observationText(observation: Observation, names: MetricNames): string[] {
  const { end, durationSeconds, windows } = observation;
  const others = Object.keys(observation.metrics).filter((name) => !names.all.includes(name));
  return [
    '',
    `${endText(end)} after ${formatDuration(durationSeconds)}`,
    '',
    'Energy',
    ...table(windows.flatMap(windowRows)),
    '',
    'Metrics',
    ...table(names.all.map((name) => [name, metricText(name, observation, names)])),
    ...table(others.map((name) => [name, `${formatNumber(observation.metrics[name])} (not in the campaign)`])),
  ];
}

/** The same for programs: no value of a sealed metric, big integers as numbers of joules. */
export function observationJson(observation: Observation, configuration: Configuration, names: MetricNames): object {
  const { sealed, windows, energy: _energy, ...rest } = observation;
  return {
    configuration,
    ...rest,
    sealed: Object.keys(sealed),
    missing: names.all.filter((name) => !isFound(name, observation)),
    windows: windows.map(({ kind, label, ordinal, items, unit, devices, ...edges }) => ({
      ...{ kind, label, ordinal, items, unit },
      seconds: secondsOf(edges),
      devices: devices.map(deviceEnergyJson),
    })),
  };
}

function endText(end: AttemptEnd): string {
  if (end.kind === 'completed') return 'Completed';
  if (end.kind === 'stopped-early') return 'Stopped early';
  const { kind, reason, message } = end.failure;
  const facts = kind === 'unknown' ? reason : `${kind}, ${reason}`;
  return `Failed (${facts}): ${printable(message)};`;
}

/** What the campaign would see of this trial: each objective, or why it is missing. */
export function objectivesText(
  objectives: readonly Objective[],
  values: Pick<TrialResult, 'objectives' | 'missing' | 'energies'>,
  observation: Pick<Observation, 'windows' | 'durationSeconds'>,
): string[] {
  const { windows } = observation;
  const rows = objectives.map((objective) => [printable(objective.name), objectiveText(objective, values, windows)]);
  const marked = [...new Set(windows.map(({ kind, label }) => (label === '' ? kind : `${kind}/${label}`)))];
  const hint =
    Object.keys(values.missing).length === 0 || marked.length === 0
      ? []
      : ['', isUnmarked(observation) ? UNMARKED : `The program marked the windows ${marked.join(', ')}`];
  return ['', 'Objectives', ...table(rows), ...hint];
}

const UNMARKED = 'The program marked no windows: its whole run counts as train';

/** What a program marks lies within its run; one window over just that run stands in where it marked none. */
const isUnmarked = ({ windows, durationSeconds }: Pick<Observation, 'windows' | 'durationSeconds'>): boolean =>
  windows.length === 1 && windows.every((window) => secondsOf(window) === durationSeconds);

/** Energy with its uncertainty and provenance: without them it would look exact, and measured. */
function objectiveText(
  { name, unit }: Objective,
  { objectives, missing, energies }: Pick<TrialResult, 'objectives' | 'missing' | 'energies'>,
  windows: readonly WindowReading[],
): string {
  const value = objectives[name];
  if (value === undefined) return `missing: ${missing[name]}`;
  const energy = energies[name];
  if (energy?.kind !== 'usable') return formatMeasure(value, unit);
  const { provenance, uncertainty, items = 1 } = energy;
  const standard = standardJoules(uncertainty) / items;
  const figure =
    value === 0 && standard === 0
      ? boundText(wholeJoules(windows.flatMap(({ devices }) => devices)) / items, unit)
      : uncertainQuantity(value, standard, unit);
  return `${figure}  ${provenance}: ${PROVENANCE_MEANING[provenance]}`;
}

const isFound = (name: string, { metrics, sealed }: Observation): boolean =>
  Object.hasOwn(metrics, name) || Object.hasOwn(sealed, name);

function metricText(name: string, observation: Observation, { sealed }: MetricNames): string {
  if (!isFound(name, observation)) return 'missing';
  return sealed.includes(name) ? 'found, sealed' : formatNumber(observation.metrics[name]);
}

/** One row per device; the window's own facts stand in the first. */
function windowRows(window: WindowReading): string[][] {
  const { kind, label, ordinal, items, unit, devices } = window;
  const name = [kind, label, ordinal > 0 ? `#${ordinal}` : ''].filter((part) => part !== '').join(' ');
  const rows = devices.map((device) => deviceCells(device, window));
  const count = items === undefined ? '' : `${items} ${unit ?? 'items'}`;
  const first = [printable(name), formatDuration(secondsOf(window)), printable(count)];
  if (rows.length === 0) return [[...first, 'unknown: no sensor']];
  return rows.map((cells, i) => [...(i === 0 ? first : first.map(() => '')), ...cells]);
}

function deviceCells(device: DeviceEnergy, { items, unit }: WindowReading): string[] {
  if (device.kind === 'unusable') return [device.part, 'unusable', printable(device.reason)];
  const { part, provenance, source, microjoules, uncertainty } = device;
  const [joules, spread] = [joulesOf(microjoules), standardJoules(uncertainty)];
  const isBounded = joules === 0 && spread === 0;
  const per = items && !isBounded ? `, ${uncertainJoules(joules / items, spread / items)} per ${unit ?? 'item'}` : '';
  return [part, `${energyText(device)}${per}`, `${provenance} (${source}): ${PROVENANCE_MEANING[provenance]}`];
}

const secondsOf = ({ startNanoseconds, endNanoseconds }: Pick<WindowReading, 'startNanoseconds' | 'endNanoseconds'>) =>
  Number(endNanoseconds - startNanoseconds) / 1e9;

/** Rows with their columns under each other. */
function table(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) row.forEach((cell, i) => (widths[i] = Math.max(widths[i] ?? 0, textWidth(cell))));
  const pad = (cell: string, i: number): string => cell + ' '.repeat((widths[i] ?? 0) - textWidth(cell));
  return rows.map((row) => `  ${row.map(pad).join('  ')}`.trimEnd());
}
