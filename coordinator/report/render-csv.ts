/** All trials as CSV: one row each, with configuration, values, energy parts, provenance and uncertainty. */

import { stringify } from 'csv-stringify/sync';
import type { ParameterValue } from '../../shared/domain/configuration.js';
import { netRandomJoules, type NetEnergy } from '../../shared/domain/net-energy.js';
import { groupedBy } from '../analysis/grouped-by.js';
import { isSilent } from '../analysis/search-energy.js';
import type { AttemptFacts, EnergyFigure, PartEnergy, ReportData, TrialFacts, Value } from './report-data.js';

type Row = Readonly<Record<string, ParameterValue | undefined>>;

/** The table as text. Unknown values are empty, their reasons in a column beside; formulas are defused. */
export function renderCsv(data: ReportData): string {
  const attemptsOf = groupedBy(data.attempts, ({ trial }) => trial);
  const testOf = testMetricsByTrial(data);
  const metrics = [...new Set(data.trials.flatMap((trial) => Object.keys(trial.metrics)))].sort();
  const rows = data.trials.map((trial): Row => ({
    ...identity(trial),
    ...prefixed(
      'parameter',
      data.campaign.parameters.map(({ name }) => [name, trial.configuration[name]]),
    ),
    ...merged(data.campaign.objectives.map(({ name, unit }) => objectiveCells(trial, name, unit))),
    ...prefixed(
      'metric',
      metrics.map((name) => [name, trial.metrics[name]]),
    ),
    ...prefixed('test', Object.entries(testOf.get(trial.id) ?? {})),
    ...attemptEnergyCells(attemptsOf.get(trial.id) ?? []),
  }));
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))].filter((column) => isUsed(column, rows));
  return stringify(
    rows.map((row) => columns.map((column) => row[column])),
    { header: true, columns, escape_formulas: true, cast: { boolean: String } },
  );
}

/** Columns of what few machines have, such as a second reading, are there where some trial has it. */
const isUsed = (column: string, rows: readonly Row[]): boolean =>
  !/^(?:part_|spread_|repeats|net_|idle_|carbon_)/.test(column) || rows.some((row) => row[column] !== undefined);

const merged = (rows: readonly Row[]): Row => Object.fromEntries(rows.flatMap((row) => Object.entries(row)));

const prefixed = (prefix: string, cells: readonly (readonly [string, ParameterValue | undefined])[]): Row =>
  Object.fromEntries(cells.map(([name, value]) => [`${prefix}.${name}`, value]));

function identity(trial: TrialFacts): Row {
  return {
    trial: trial.id,
    index: trial.index,
    state: trial.state,
    on_front: trial.onFront,
    configuration_hash: trial.configurationHash,
    replicate: trial.replicate,
    attempts: trial.attempts,
    accounted_attempt: trial.accountedAttempt,
    hardware_class: trial.hardwareClass,
    agent: trial.agent,
    devices: trial.devices.join(' '),
    started:
      trial.startedUnixMilliseconds === undefined ? undefined : new Date(trial.startedUnixMilliseconds).toISOString(),
    duration_seconds: trial.durationSeconds,
    failure_kind: trial.failure?.kind,
    failure_reason: trial.failure?.reason,
    failure_message: trial.failure?.message,
  };
}

function objectiveCells(trial: TrialFacts, name: string, unit: string): Row {
  const value: Value = trial.objectives[name] ?? { kind: 'unknown', reason: 'not recorded' };
  const figure = trial.energies.find(({ objective }) => objective === name);
  const known = value.kind === 'known' ? value : undefined;
  return {
    [`objective.${name}`]: known?.value,
    [`unit.${name}`]: unit,
    [`unknown_because.${name}`]: value.kind === 'unknown' ? value.reason : undefined,
    ...(figure && { ...energyCells(name, figure), ...partCells(name, figure.parts) }),
  };
}

function energyCells(name: string, figure: EnergyFigure): Row {
  if (figure.kind === 'unusable') return { [`provenance.${name}`]: 'unusable' };
  const { uncertainty } = figure;
  return {
    [`joules.${name}`]: figure.joules,
    [`items.${name}`]: figure.items,
    [`provenance.${name}`]: figure.provenance,
    [`boundary.${name}`]: figure.boundary,
    [`sources.${name}`]: figure.sources.join(' '),
    [`metered_devices.${name}`]: figure.devices.join(' '),
    [`edge_uncertainty_joules.${name}`]: uncertainty.edgeJoules,
    [`sampling_uncertainty_joules.${name}`]: uncertainty.samplingJoules,
    [`gap_uncertainty_joules.${name}`]: uncertainty.gapJoules,
    [`gain_uncertainty_joules.${name}`]: uncertainty.gainJoules,
    [`spread_uncertainty_joules.${name}`]: uncertainty.spreadJoules,
    [`windows.${name}`]: figure.windows,
    [`window_seconds.${name}`]: figure.seconds,
    [`repeats.${name}`]: figure.repeats?.count,
    [`repeats_relative_half_width.${name}`]: figure.repeats?.relativeHalfWidth,
    ...netCells(name, figure.net),
    [`carbon_grams.${name}`]: figure.carbonGrams,
  };
}

function netCells(name: string, net: NetEnergy): Row {
  if (net.kind === 'unusable') return { [`net_unknown_because.${name}`]: net.reason };
  return {
    [`net_joules.${name}`]: net.joules,
    [`net_uncertainty_joules.${name}`]: netRandomJoules(net.uncertainty),
    [`net_gain_uncertainty_joules.${name}`]: net.uncertainty.gainJoules,
    [`idle_watts.${name}`]: net.idleWatts,
  };
}

/** Every metered device by itself, also those outside the boundary. */
function partCells(name: string, parts: readonly PartEnergy[]): Row {
  return merged(
    parts.map((one): Row => {
      const of = `${name}.${one.part}.${one.device}`;
      if (one.kind === 'unusable') return { [`part_unknown_because.${of}`]: one.reason };
      return {
        [`part_joules.${of}`]: one.joules,
        [`part_provenance.${of}`]: one.provenance,
        [`part_peak_watts.${of}`]: one.peakWatts,
        [`part_raw_joules.${of}`]: one.rawJoules,
        [`part_check_joules.${of}`]: one.check?.joules,
        [`part_unattributed_joules.${of}`]: one.unattributedJoules,
        [`part_start_celsius.${of}`]: one.temperatureCelsius?.start,
        [`part_end_celsius.${of}`]: one.temperatureCelsius?.end,
        [`part_events.${of}`]: one.events.join(' ') || undefined,
      };
    }),
  );
}

/** Unsealed test metrics; columns exist only where a closed campaign's front has them. */
function testMetricsByTrial({ fronts }: ReportData): ReadonlyMap<string, Readonly<Record<string, number>>> {
  const outcomes = fronts.flatMap((front) => front.outcomes);
  return new Map(outcomes.flatMap(({ trials, test }) => (test ? trials.map((trial) => [trial, test] as const) : [])));
}

/** Energy of all of a trial's attempts, each part and provenance in a column of its own. */
function attemptEnergyCells(attempts: readonly AttemptFacts[]): Row {
  const readings = attempts.flatMap(({ energy }) => energy);
  const byKind = [...groupedBy(readings, ({ part, provenance }) => `${part}.${provenance}`)];
  const cells = byKind.flatMap(([kind, of]) => {
    const rest = of.flatMap(({ unattributedMicrojoules }) => unattributedMicrojoules ?? []);
    return [
      [`all_attempts_joules.${kind}`, joulesOf(of.map(({ microjoules }) => microjoules))] as const,
      ...(rest.length > 0 ? [[`all_attempts_unattributed_joules.${kind}`, joulesOf(rest)] as const] : []),
    ];
  });
  const isBound = attempts.some((attempt) => attempt.lowerBound || attempt.fate === 'running' || isSilent(attempt));
  return {
    ...Object.fromEntries(cells),
    ...(attempts.length > 0 && {
      all_attempts_joules_are_lower_bounds: isBound,
      measured_again: attempts.filter(({ fate }) => fate === 'measured-again').length,
    }),
  };
}

const joulesOf = (microjoules: readonly string[]): number =>
  Number(microjoules.reduce((sum, one) => sum + BigInt(one), 0n)) / 1e6;
