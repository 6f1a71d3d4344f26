/** The lower part of the live view: running trials, the front and finished trials. */

import { formatDuration, formatNumber } from '../../shared/domain/quantity.js';
import type { Campaign } from '../../shared/domain/campaign.js';
import type { TrialResult } from '../../shared/domain/trial.js';
import { renderLine, type Span } from '../../shared/runtime/terminal-text.js';
import type { CampaignSnapshot, FrontView, RunningTrialView } from '../campaign/snapshot.js';
import { configurationText, counted, failureText, joulesText, metricTexts, objectiveText } from './campaign-text.js';
import { tableLines, type Column } from './column-layout.js';
import { frontColumns } from './front-columns.js';
import { barText } from './progress-line.js';
import { rowRoom, textColumn, type Palette, type Section, type SectionOptions } from './section.js';

/** Running trials, each class's front, finished trials with the latest first; those with nothing to say are left out. */
export function trialSections(snapshot: CampaignSnapshot, options: SectionOptions): Section[] {
  return [
    ...runningSections(snapshot, options),
    ...snapshot.fronts.flatMap((front) => frontSections(snapshot, front, options)),
    ...finishedSections(snapshot, options),
  ];
}

function runningSections(snapshot: CampaignSnapshot, options: SectionOptions): Section[] {
  const { running, queued } = snapshot;
  if (running.length === 0) return [];
  const title: Span[] = [
    { text: `Running ${running.length}`, style: options.palette.bold },
    { text: queued > 0 ? `  ${queued} queued` : '', style: options.palette.dim },
  ];
  return [
    {
      head: [renderLine(title, options.width)],
      rows: tableLines(runningColumns(snapshot, options), rowRoom(options), options.palette.dim).rows,
      fewestRows: 1,
      rank: 3,
      apart: true,
    },
  ];
}

/** Rows that are worth the work of laying them out: no terminal shows more. */
const MOST_ROWS = 100;

type RunningCell = (view: RunningTrialView, campaign: Campaign, palette: Palette) => Span;

/** From left to right; by rank they go when the terminal is narrow. */
const RUNNING_CELLS: readonly { readonly rank: number; readonly least?: number; readonly cell: RunningCell }[] = [
  { rank: 0, cell: ({ trial }) => ({ text: `#${trial.index}` }) },
  {
    rank: 5,
    cell: ({ fraction }, _, { cyan }) => ({ text: fraction === undefined ? '' : barText(fraction, 8), style: cyan }),
  },
  { rank: 3, cell: ({ fraction }) => ({ text: fraction === undefined ? '' : `${Math.floor(fraction * 100)} %` }) },
  { rank: 4, cell: (view) => ({ text: phaseText(view) }) },
  { rank: 1, least: 12, cell: ({ metrics }, campaign) => ({ text: metricTexts(metrics, campaign)[0] ?? '' }) },
  { rank: 2, cell: ({ elapsedSeconds }) => ({ text: formatDuration(elapsedSeconds) }) },
  { rank: 3, least: 9, cell: ({ joules }) => ({ text: joulesText(joules) }) },
  { rank: 6, least: 6, cell: ({ agentName }, _, { dim }) => ({ text: agentName, style: dim }) },
  { rank: 7, cell: ({ trial }, _, { yellow }) => ({ text: attemptText(trial.attempts), style: yellow }) },
  {
    rank: 8,
    least: 12,
    cell: ({ metrics }, campaign) => ({ text: metricTexts(metrics, campaign).slice(1).join('  ') }),
  },
  {
    rank: 9,
    least: 24,
    cell: ({ trial }, campaign, { dim }) => ({ text: configurationText(trial.configuration, campaign), style: dim }),
  },
];

function runningColumns({ running, campaign }: CampaignSnapshot, { palette }: SectionOptions): Column[] {
  return RUNNING_CELLS.map(({ rank, least, cell }) =>
    textColumn(
      running.slice(0, MOST_ROWS).map((view) => cell(view, campaign, palette)),
      rank,
      least,
    ),
  ).filter(({ cells }) => cells.some(({ text }) => text !== ''));
}

const attemptText = (attempts: number): string => (attempts > 1 ? `attempt ${attempts}` : '');

/** `step 210` once the program reports steps, else where the attempt stands. */
function phaseText({ phase, step, fraction }: RunningTrialView): string {
  if (phase !== 'running') return phase;
  if (step !== undefined) return `step ${step}`;
  return fraction === undefined ? 'running' : '';
}

function frontSections(snapshot: CampaignSnapshot, front: FrontView, options: SectionOptions): Section[] {
  const { hardwareClass, results, hypervolume } = front;
  if (results.length === 0) return [];
  const title: Span[] = [
    { text: hardwareClass === 'all' ? 'Front' : `Front of ${hardwareClass}`, style: options.palette.bold },
    {
      text: `  ${results.length} of ${counted(snapshot.results.length, 'finished trial')}`,
      style: options.palette.dim,
    },
    { text: hypervolume === undefined ? '' : `  hypervolume ${formatNumber(hypervolume)}` },
  ];
  const columns = frontColumns(results, { campaign: snapshot.campaign });
  const { head, rows } = tableLines(columns, rowRoom(options), options.palette.dim);
  return [{ head: [renderLine(title, options.width), ...head], rows, fewestRows: 1, rank: 4, apart: true }];
}

function finishedSections(snapshot: CampaignSnapshot, options: SectionOptions): Section[] {
  const { results, campaign } = snapshot;
  if (results.length === 0) return [];
  const latest = results.slice(-MOST_ROWS).reverse();
  const lost = results.filter(({ trial }) => trial.state !== 'completed').length;
  const title: Span[] = [
    { text: `Finished ${results.length}`, style: options.palette.bold },
    { text: lost > 0 ? `  ${lost} without a full result` : '', style: options.palette.dim },
  ];
  const columns = [
    textColumn(
      latest.map(({ trial }) => ({ text: `#${trial.index}` })),
      0,
    ),
    textColumn(
      latest.map((result) => outcomeSpan(result, snapshot, options)),
      1,
      20,
    ),
    textColumn(
      latest.map(({ observation }) => ({ text: formatDuration(observation?.durationSeconds ?? Number.NaN) })),
      2,
    ),
    textColumn(
      latest.map(({ trial }) => ({
        text: configurationText(trial.configuration, campaign),
        style: options.palette.dim,
      })),
      3,
      24,
    ),
  ];
  const { rows } = tableLines(columns, rowRoom(options), options.palette.dim);
  return [{ head: [renderLine(title, options.width)], rows, fewestRows: 1, rank: 5, apart: true }];
}

function outcomeSpan(result: TrialResult, { campaign }: CampaignSnapshot, { palette }: SectionOptions): Span {
  if (result.trial.state !== 'completed') {
    return { text: failureText(result), style: result.trial.state === 'failed' ? palette.red : palette.yellow };
  }
  return { text: campaign.objectives.map((objective) => objectiveText(result, objective)).join('  ') };
}
