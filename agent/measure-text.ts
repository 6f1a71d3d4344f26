/** A measurement for people: what ran, what each device spent and how well that is known, their sum, and carbon. */

import { PARTS, worstProvenance, type Provenance, type SummedEnergy } from '../shared/domain/measurement.js';
import { formatDuration, formatQuantity } from '../shared/domain/quantity.js';
import { entryLines, titleLine, type Entry, type TextOptions } from '../shared/runtime/entry-text.js';
import { percentText, PROVENANCE_MEANING } from '../shared/runtime/machine-text.js';
import { printable } from '../shared/runtime/terminal-text.js';
import { grams } from '../shared/schema/carbon-intensity.js';
import { standardJoules } from './energy-json.js';
import { energyText, netText, powerText, remarksOn, uncertainJoules, uncertaintyText } from './energy-text.js';
import {
  deviceFigures,
  netEnergy,
  runSum,
  usableSums,
  type DeviceFigures,
  type Measurement,
} from './measure-figures.js';
import { exitStatus, type CommandEnd } from './measure-process.js';
import { runStatistics, type RunStatistics } from './measure-statistics.js';

/** Lines of at most the width of the terminal. */
export function measurementText(measurement: Measurement, options: TextOptions): string[] {
  const { argv, runs } = measurement;
  const last = runs.at(-1);
  const how = runs.length > 1 ? `${runs.length} runs of ` : '';
  const title = titleLine('ecopt measure', `  ${how}${printable(argv.map(shellWord).join(' '))}`, options);
  if (last?.end.kind === 'not-started')
    return [title, ...lay([{ label: 'Not run', text: last.end.reason, tone: 'caution' }], options)];
  const figures = deviceFigures(measurement);
  const none: Entry[] = [{ label: 'Energy', text: 'unknown: no sensor of this machine can be read', tone: 'caution' }];
  return [
    title,
    ...lay(runEntries(measurement), options),
    ...lay(figures.length === 0 ? none : figures.flatMap((one) => deviceEntries(one, measurement)), options),
    ...lay([...sumEntries(measurement, figures.length), ...carbonEntries(measurement)], options),
  ];
}

/** As one would type it. */
const shellWord = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;

/** Short times to three digits, long ones to the second. */
const timeText = (seconds: number): string => (seconds < 10 ? formatQuantity(seconds, 's') : formatDuration(seconds));

const lay = (entries: readonly Entry[], options: TextOptions): string[] =>
  entries.flatMap((entry) => entryLines(entry, { ...options, labelWidth: LABEL_WIDTH }));

const LABEL_WIDTH = Math.max(...PARTS.map(({ length }) => length));

function runEntries({ runs, target }: Measurement): Entry[] {
  const seconds = runs.map((run) => run.seconds);
  const [least, most] = [Math.min(...seconds), Math.max(...seconds)];
  const time = runs.length === 1 ? timeText(least) : `${timeText(least)} to ${timeText(most)} each`;
  const end = runs.at(-1)?.end;
  const failed = end !== undefined && exitStatus(end) !== 0;
  const ended: Entry[] = failed ? [{ label: 'Ended', text: endText(end, runs.length), tone: 'caution' }] : [];
  return [{ label: 'Time', text: time }, ...ended, ...targetEntries(target, failed)];
}

function endText(end: CommandEnd, runs: number): string {
  const how = end.kind === 'signal' ? `by ${end.signal}` : `with status ${exitStatus(end)}`;
  return runs > 1 ? `the last run ${how}, so that no other followed` : how;
}

function targetEntries(target: Measurement['target'], failed: boolean): Entry[] {
  if (!target) return [];
  const wanted = `± ${percentText(target.relativeHalfWidth)} (95 %) of the sum`;
  return [
    target.isReached
      ? { label: 'Repeated', text: `until the mean was known to ${wanted}`, tone: 'good' }
      : {
          label: 'Repeated',
          text: `the mean is not known to ${wanted} yet${failed ? '' : '; allow more runs with --at-most'}`,
          tone: 'caution',
        },
  ];
}

function deviceEntries(figures: DeviceFigures, measurement: Measurement): Entry[] {
  const { part, device, product, usable, reasons, statistics } = figures;
  const name = product === undefined || product === device ? device : `${product} ${device}`;
  const unknown = reasons.map((reason): Entry => ({ label: '', text: `unknown: ${reason}`, tone: 'caution' }));
  const [first] = usable;
  if (!first || !statistics) return [{ label: part, text: `unknown  ${name}`, tone: 'caution' }, ...unknown];
  const { provenance, source } = first.energy;
  const basis: Entry = {
    label: '',
    text: `${provenance} (${source}): ${PROVENANCE_MEANING[provenance]}`,
    tone: toneOf(provenance),
  };
  const lines =
    measurement.runs.length > 1 ? repeatedLines(figures, statistics, measurement) : singleLines(first, measurement);
  const value = measurement.runs.length > 1 ? spreadText(statistics) : energyText(first.energy);
  return [{ label: part, text: `${value}  ${name}` }, basis, ...lines.map(quiet), ...unknown];
}

const toneOf = (provenance: Provenance): 'good' | 'caution' =>
  provenance === 'model' || provenance === 'simulated' ? 'caution' : 'good';

const quiet = (text: string): Entry => ({ label: '', text });

function singleLines({ energy, seconds }: DeviceFigures['usable'][number], { idle }: Measurement): string[] {
  const net = netEnergy(energy, seconds, idle);
  return [powerText(energy), uncertaintyText(energy.uncertainty), ...(net ? [netText(net)] : []), ...remarksOn(energy)];
}

/** Remarks of all runs, each once; those with figures of their own belong to one run and are left to JSON. */
function repeatedLines(figures: DeviceFigures, statistics: RunStatistics, { idle }: Measurement): string[] {
  const { usable } = figures;
  const { least, most, standardDeviation } = statistics;
  const gain = usable.reduce((sum, { energy }) => sum + energy.uncertainty.gainJoules, 0) / usable.length;
  const spread =
    standardDeviation === undefined ? '' : `, standard deviation ${formatQuantity(standardDeviation, 'J')}`;
  const events = usable.flatMap(({ energy }) => remarksOn(withoutFigures(energy)));
  return [
    `from ${formatQuantity(least, 'J')} to ${formatQuantity(most, 'J')}${spread}`,
    `and ± ${formatQuantity(gain, 'J')} gain beside it, which repeats do not lessen`,
    ...netLines(figures, idle),
    ...new Set(events),
  ];
}

/** The idle power is the same for all runs, so that its own uncertainty is no part of the interval. */
function netLines({ usable }: DeviceFigures, idle: Measurement['idle']): string[] {
  const nets = usable.flatMap(({ energy, seconds }) => netEnergy(energy, seconds, idle) ?? []);
  const known = nets.flatMap((net) => (net.kind === 'usable' ? [net] : []));
  const statistics = runStatistics(known.map(({ joules }) => joules));
  const [first] = known;
  if (!statistics || !first) return nets.slice(0, 1).map(netText);
  return [`net of idle: ${spreadText(statistics)}, idle being ${formatQuantity(first.idleWatts, 'W')}`];
}

function withoutFigures(energy: DeviceFigures['usable'][number]['energy']): typeof energy {
  const { check: _check, rawMicrojoules: _raw, unattributedMicrojoules: _rest, ...plain } = energy;
  return plain;
}

function spreadText({ count, mean, halfWidth }: RunStatistics): string {
  if (halfWidth === undefined) return `${formatQuantity(mean, 'J')} (one run)`;
  const share = mean > 0 ? `, ± ${percentText(halfWidth / mean)}` : '';
  return `${uncertainJoules(mean, halfWidth)} (95 % interval of the mean of ${count}${share})`;
}

function sumEntries(measurement: Measurement, devices: number): Entry[] {
  const [first] = measurement.runs;
  if (!first || devices < 2) return [];
  const provenances = measurement.runs.flatMap((run) =>
    run.devices.flatMap((one) => (one.kind === 'usable' ? [one.provenance] : [])),
  );
  const mixed = [...new Set(provenances)];
  const label = mixed.length > 1 ? `; ${mixed.join(' and ')} together count as ${worstProvenance(mixed)}` : '';
  if (measurement.runs.length === 1) return [{ label: 'Sum', text: `${sumText(runSum(first))}${label}` }];
  const statistics = runStatistics(usableSums(measurement.runs));
  return [{ label: 'Sum', text: statistics ? `${spreadText(statistics)}${label}` : 'unknown in every run' }];
}

const sumText = (sum: SummedEnergy): string =>
  sum.kind === 'unusable' ? `unknown: ${sum.reason}` : uncertainJoules(sum.joules, standardJoules(sum.uncertainty));

/** Of the mean where there were several runs. */
function carbonEntries({ carbon, runs }: Measurement): Entry[] {
  if (!carbon) return [];
  const mean = runStatistics(usableSums(runs))?.mean;
  const figure = mean === undefined ? 'unknown, as the energy is' : `${formatQuantity(grams(mean, carbon), 'g')} CO2e`;
  return [
    { label: 'Carbon', text: `${figure} (${carbon.label})` },
    { label: '', text: carbon.attribution, tone: 'quiet' },
  ];
}
