/** A measurement for people: what ran, what each device spent and how well that is known, their sum, and carbon. */

import {
  PARTS,
  isMeasured,
  PROVENANCES,
  randomJoules,
  worstProvenance,
  type DeviceEnergy,
  type Provenance,
} from '../shared/domain/measurement.js';
import { formatDuration, formatQuantity } from '../shared/domain/quantity.js';
import { entryLines, titleLine, type Entry, type TextOptions } from '../shared/runtime/entry-text.js';
import { percentText, PROVENANCE_MEANING } from '../shared/runtime/machine-text.js';
import { printable } from '../shared/runtime/terminal-text.js';
import { grams, type KnownIntensity } from '../shared/schema/carbon-intensity.js';
import { standardJoules } from './energy-json.js';
import {
  boundedJoules,
  boundText,
  energyText,
  netText,
  powerText,
  remarksOn,
  uncertainQuantity,
  uncertaintyText,
  wholeJoules,
} from './energy-text.js';
import {
  deviceFigures,
  idleStandardWatts,
  netEnergy,
  runSum,
  summedDevices,
  sumGain,
  usableSums,
  type DeviceFigures,
  type Measurement,
} from './measure-figures.js';
import { exitStatus, type CommandEnd } from './measure-process.js';
import type { MeasuredRun } from './measure-run.js';
import { NORMAL_95, runStatistics, type RunStatistics } from './measure-statistics.js';
import { WALL_METER } from './meter/sources/wall-meter-source.js';

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
    ...lay([...sumEntries(measurement), ...carbonEntries(measurement)], options),
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

function runEntries({ runs, runsWanted = 1, target }: Measurement): Entry[] {
  const seconds = runs.map((run) => run.seconds);
  const [least, most] = [timeText(Math.min(...seconds)), timeText(Math.max(...seconds))];
  const range = least === most ? least : `${least} to ${most}`;
  const time = runs.length === 1 ? range : `${range} each`;
  const end = runs.at(-1)?.end;
  const failed = end !== undefined && exitStatus(end) !== 0;
  const ended: Entry[] = failed
    ? [{ label: 'Ended', text: endText(end, runs.length, runsWanted), tone: 'caution' }]
    : [];
  return [
    { label: 'Time', text: time },
    ...standstillEntries(runs),
    ...ended,
    ...leftEntries(runs),
    ...targetEntries(target, failed),
  ];
}

function leftEntries(runs: readonly MeasuredRun[]): Entry[] {
  const left = runs.flatMap(({ leftBehind = [] }) => leftBehind);
  if (left.length === 0) return [];
  const named = left
    .slice(0, NAMED)
    .map(({ pid, name }) => (name === undefined ? `${pid}` : `${pid} (${printable(name)})`));
  const more = left.length > NAMED ? ` and ${left.length - NAMED} more` : '';
  const [who, spent] = left.length === 1 ? ['process', 'it spends'] : ['processes', 'they spend'];
  const text = `${who} ${named.join(', ')}${more} still ran after the command; what ${spent} then is in no figure`;
  return [{ label: 'Left', text, tone: 'caution' }];
}

const NAMED = 3;

function standstillEntries(runs: readonly MeasuredRun[]): Entry[] {
  const longest = Math.max(...runs.map(({ stoodSeconds = 0 }) => stoodSeconds));
  if (longest === 0) return [];
  const text = `ecopt itself stood still for ${timeText(longest)} of it, stopped or kept from running: the command may have ended up to that much earlier`;
  return [{ label: '', text, tone: 'caution' }];
}

function endText(end: CommandEnd, runs: number, wanted: number): string {
  const how = end.kind === 'signal' ? `by ${end.signal}` : `with status ${exitStatus(end)}`;
  const which = runs === 1 ? 'the first run' : `run ${runs}`;
  if (wanted <= runs) return runs === 1 ? how : `${which} ${how}`;
  return `${which} of ${wanted} ${how}, so that no other followed`;
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
  const { part, device, product, usable, unusable, statistics } = figures;
  const { runs } = measurement;
  const isNamedByProduct = product?.replaceAll(' ', '-') === device;
  const name = product === undefined ? device : isNamedByProduct ? product : `${product} ${device}`;
  const unknown = unusable.map(({ reason, runs: of }): Entry => {
    const where = runs.length > 1 ? ` in ${of} of ${runs.length} runs` : '';
    return { label: '', text: `unknown${where}: ${reason}`, tone: 'caution' };
  });
  const [first] = usable;
  if (!first || !statistics) return [{ label: part, text: `unknown  ${name}`, tone: 'caution' }, ...unknown];
  const { provenance, source } = first.energy;
  const basis: Entry = {
    label: '',
    text: `${provenance} (${source}): ${PROVENANCE_MEANING[provenance]}`,
    tone: toneOf(provenance),
  };
  const lines = usable.length > 1 ? repeatedLines(figures, statistics, measurement) : singleLines(first, measurement);
  const whole = Math.max(...usable.map(({ energy }) => wholeJoules([energy])));
  const value = usable.length > 1 ? spreadText(statistics, whole) : `${energyText(first.energy)}${oneOf(runs.length)}`;
  const wall = device === WALL_METER ? wallLines(measurement) : [];
  return [{ label: part, text: `${value}  ${name}` }, basis, ...[...lines, ...wall].map(quiet), ...unknown];
}

/** What only one of several runs has keeps the uncertainty of that run. */
const oneOf = (runs: number): string => (runs > 1 ? ` (one run of ${runs})` : '');

/** Otherwise an assumption would look like a promise of its maker. */
const wallLines = ({ wallAccuracy }: Measurement): string[] =>
  wallAccuracy === undefined
    ? []
    : [`gain of the wall meter known to ${percentText(wallAccuracy.relative)} (${wallAccuracy.basis})`];

const toneOf = (provenance: Provenance): 'good' | 'caution' =>
  provenance === 'model' || provenance === 'simulated' ? 'caution' : 'good';

const quiet = (text: string): Entry => ({ label: '', text });

function singleLines({ energy, seconds }: DeviceFigures['usable'][number], { idle }: Measurement): string[] {
  const net = netEnergy(energy, seconds, idle);
  const lines = [
    powerText(energy),
    uncertaintyText(energy.uncertainty),
    net && netText(net, idleStandardWatts(energy, idle)),
  ];
  return [...lines.filter((line) => line !== undefined), ...remarksOn(energy)];
}

/** Remarks of all runs, each once; those with figures of their own belong to one run and are left to JSON. */
function repeatedLines(figures: DeviceFigures, statistics: RunStatistics, { idle }: Measurement): string[] {
  const { usable } = figures;
  const { least, most, standardDeviation } = statistics;
  const gain = usable.reduce((sum, { energy }) => sum + energy.uncertainty.gainJoules, 0) / usable.length;
  const spread =
    standardDeviation === undefined ? '' : `, standard deviation ${formatQuantity(standardDeviation, 'J')}`;
  const range =
    least === most
      ? `${formatQuantity(most, 'J')} in each run`
      : `from ${formatQuantity(least, 'J')} to ${formatQuantity(most, 'J')}${spread}`;
  const events = usable.flatMap(({ energy }) => remarksOn(withoutFigures(energy)));
  return [
    ...(most > 0 ? [range] : ['nothing was resolved in any run']),
    ...(gain > 0 ? [`and ± ${formatQuantity(gain, 'J')} gain beside it, which repeats do not lessen`] : []),
    ...netLines(figures, idle),
    ...new Set(events),
  ];
}

/** The idle power is the same for all runs, so that its own uncertainty is no part of the interval. */
function netLines({ usable }: DeviceFigures, idle: Measurement['idle']): string[] {
  const nets = usable.flatMap(({ energy, seconds }) => netEnergy(energy, seconds, idle) ?? []);
  const known = nets.flatMap((net) => (net.kind === 'usable' ? [net] : []));
  const statistics = runStatistics(
    known.map(({ joules, uncertainty }) => ({ value: joules, standard: randomJoules(uncertainty) })),
  );
  const [[first], [reading]] = [known, usable];
  const standardWatts = reading ? idleStandardWatts(reading.energy, idle) : 0;
  if (!statistics || !first) return nets.slice(0, 1).map((net) => netText(net, standardWatts));
  if (known.length === 1) return [`${netText(first, standardWatts)}${oneOf(usable.length)}`];
  return [
    `net of idle: ${spreadText(statistics, 0)}, idle being ${uncertainQuantity(first.idleWatts, standardWatts, 'W')}`,
  ];
}

function withoutFigures(energy: DeviceFigures['usable'][number]['energy']): typeof energy {
  const { check: _check, rawMicrojoules: _raw, unattributedMicrojoules: _rest, ...plain } = energy;
  return plain;
}

/** @param most - Joules that no run can have exceeded; 0: not known. */
function spreadText({ count, mean, halfWidth = 0, most: largest }: RunStatistics, most: number): string {
  if (largest === 0 && halfWidth === 0) return `${boundText(most, 'J')} in each of ${count} runs`;
  const share = mean > 0 ? `, ± ${percentText(halfWidth / mean)}` : '';
  return `${uncertainQuantity(mean, halfWidth, 'J')} (95 % interval of the mean of ${count}${share})`;
}

/** Nothing for a single device: that is its own sum. What is seen as a whole stands beside its parts. */
function sumEntries({ runs }: Measurement): Entry[] {
  const [first] = runs;
  const summed = runs.map(summedDevices);
  if (!first || Math.max(...summed.map(({ length }) => length)) < 2) return [];
  const label = `${mixedText(summed.flat())}${summed.some((own, i) => own.length < (runs[i]?.devices.length ?? 0)) ? '; the whole machine stands beside it' : ''}`;
  const whole = Math.max(...summed.map(wholeJoules));
  const sum = runSum(first);
  if (runs.length === 1 && sum.kind === 'unusable') return [{ label: 'Sum', text: `unknown: ${sum.reason}` }];
  const statistics = runStatistics(usableSums(runs));
  const [known] = runs.map(runSum).filter((one) => one.kind === 'usable');
  if (!statistics || !known) return [{ label: 'Sum', text: 'unknown in every run' }];
  const leftOut = runs.length - statistics.count;
  const without = leftOut > 0 ? `; ${leftOut} of ${runs.length} runs are left out, having no figure` : '';
  const single = boundedJoules(known.joules, standardJoules(known.uncertainty), whole);
  const text = statistics.count > 1 ? spreadText(statistics, whole) : `${single}${oneOf(runs.length)}`;
  return [{ label: 'Sum', text: `${text}${label}${without}` }];
}

function mixedText(summed: readonly DeviceEnergy[]): string {
  const found = summed.flatMap((one) => (one.kind === 'usable' ? [one.provenance] : []));
  const mixed = PROVENANCES.filter((provenance) => found.includes(provenance)).toReversed();
  return mixed.length > 1 ? `; ${mixed.join(' and ')} together count as ${worstProvenance(mixed)}` : '';
}

/** Of the mean where there were several runs. */
function carbonEntries({ carbon, runs }: Measurement): Entry[] {
  if (!carbon) return [];
  return [
    { label: 'Carbon', text: `${carbonText(runs, carbon)} (${carbon.label})` },
    { label: '', text: carbon.attribution, tone: 'quiet' },
  ];
}

/** A standard uncertainty for one run, and for several the 95 % interval of their mean; both with the gain. */
function carbonText(runs: readonly MeasuredRun[], carbon: KnownIntensity): string {
  const statistics = runStatistics(usableSums(runs));
  const [sum] = runs.map(runSum).filter((one) => one.kind === 'usable');
  if (!statistics || !sum) return 'unknown, as the energy is';
  const { mean, halfWidth } = statistics;
  const spread =
    halfWidth === undefined ? standardJoules(sum.uncertainty) : Math.hypot(halfWidth, NORMAL_95 * sumGain(runs));
  const whole = Math.max(...runs.map((run) => wholeJoules(summedDevices(run))));
  if (mean === 0 && spread === 0) return boundText(grams(whole, carbon), 'g CO2e');
  const label = isMeasured(sum.provenance) ? '' : ` ${sum.provenance}`;
  const basis = halfWidth === undefined ? '' : ', 95 %';
  return `${uncertainQuantity(grams(mean, carbon), grams(spread, carbon), 'g')} CO2e${basis}${label}`;
}
