/** The lower part of the live view: running trials, the front and finished trials. */

import { formatDuration, formatMeasure } from '../../shared/domain/quantity.js';
import type { Campaign } from '../../shared/domain/campaign.js';
import type { TrialResult } from '../../shared/domain/trial.js';
import { cutText, renderLine, type Span } from '../../shared/runtime/terminal-text.js';
import type { CampaignSnapshot, FrontView, RunningTrialView } from '../campaign/snapshot.js';
import {
  configurationText,
  counted,
  failureText,
  frontName,
  hypervolumeUnit,
  joulesText,
  metricTexts,
  outcomeText,
} from './campaign-text.js';
import { tableLines, widest, type Column } from './column-layout.js';
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

/** Longest text of a program or agent that takes part in the layout. */
const NAME_WIDTH = 28;

/** From left to right; by rank they go when the terminal is narrow. */
const RUNNING_CELLS: readonly { readonly rank: number; readonly least?: number; readonly cell: RunningCell }[] = [
  { rank: 0, cell: ({ trial }) => ({ text: `#${trial.index}` }) },
  { rank: 3, cell: ({ fraction }, _, { cyan }) => ({ text: miniBar(fraction), style: cyan }) },
  { rank: 6, cell: ({ fraction }) => ({ text: fraction === undefined ? '' : `${Math.floor(fraction * 100)} %` }) },
  { rank: 5, cell: ({ step }) => ({ text: step === undefined ? '' : `step ${step}` }) },
  { rank: 1, cell: (view, campaign) => ({ text: cutText(stateText(view, campaign), NAME_WIDTH) }) },
  { rank: 2, cell: ({ elapsedSeconds }) => ({ text: formatDuration(elapsedSeconds) }) },
  { rank: 2, cell: ({ joules }) => ({ text: joulesText(joules) }) },
  { rank: 4, cell: ({ agentName }, _, { dim }) => ({ text: cutText(agentName, NAME_WIDTH), style: dim }) },
  { rank: 7, cell: ({ trial }, _, { yellow }) => ({ text: attemptText(trial.attempts), style: yellow }) },
  { rank: 8, cell: ({ metrics }, campaign) => ({ text: metricTexts(metrics, campaign).slice(1, 4).join('  ') }) },
  {
    rank: 9,
    least: NAME_WIDTH,
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

/** Nothing where the program does not say how far it is: an empty bar would claim to know. */
const miniBar = (fraction: number | undefined): string => (fraction === undefined ? '' : barText(fraction, 8));

const attemptText = (attempts: number): string => (attempts > 1 ? `attempt ${attempts}` : '');

/** The first metric while the program runs, else where the attempt stands. */
const stateText = ({ phase, metrics }: RunningTrialView, campaign: Campaign): string =>
  phase === 'running' ? (metricTexts(metrics, campaign)[0] ?? phase) : phase;

function frontSections(snapshot: CampaignSnapshot, front: FrontView, options: SectionOptions): Section[] {
  const { results, hypervolume } = front;
  const { campaign } = snapshot;
  if (results.length === 0) return [];
  const volume = formatMeasure(hypervolume, hypervolumeUnit(campaign));
  const title: Span[] = [
    { text: 'Front', style: options.palette.bold },
    { text: ` of ${frontName(front, campaign)}` },
    { text: `  ${counted(results.length, 'trial')}`, style: options.palette.dim },
    { text: hypervolume === undefined ? '' : `  hypervolume ${volume}`, style: options.palette.dim },
  ];
  const columns = frontColumns(results, { campaign });
  const { head, rows } = tableLines(columns, rowRoom(options), options.palette.dim);
  return [{ head: [renderLine(title, options.width), ...head], rows, fewestRows: 1, rank: 4, apart: true }];
}

function finishedSections(snapshot: CampaignSnapshot, options: SectionOptions): Section[] {
  const { results } = snapshot;
  if (results.length === 0) return [];
  const failed = results.filter(({ trial }) => trial.state === 'failed').length;
  const title: Span[] = [
    { text: `Finished ${results.length}`, style: options.palette.bold },
    { text: failed > 0 ? `  ${failed} failed` : '', style: options.palette.red },
  ];
  const latest = results.slice(-MOST_ROWS).reverse();
  const { head, rows } = tableLines(finishedColumns(latest, snapshot, options), rowRoom(options), options.palette.dim);
  const lines = rows.map((row, at) => unfinishedLine(latest[at], options) ?? row);
  return [{ head: [renderLine(title, options.width), ...head], rows: lines, fewestRows: 1, rank: 5, apart: true }];
}

function finishedColumns(
  results: readonly TrialResult[],
  { campaign }: CampaignSnapshot,
  { palette }: SectionOptions,
): Column[] {
  const column = (head: string, textOf: (result: TrialResult) => string): Column => ({
    head: [head],
    align: 'right',
    cells: results.map((result) => ({ text: result.trial.state === 'completed' ? textOf(result) : '' })),
    rank: 1,
    least: 5,
  });
  const outcomes = campaign.objectives.map((objective, at) => ({
    ...fixedBelowHead(column(objective.name, (result) => outcomeText(result, objective))),
    rank: at + 1,
  }));
  return [
    { ...column('trial', () => ''), cells: results.map(({ trial }) => ({ text: String(trial.index) })), rank: 0 },
    ...outcomes,
    { ...column('time', ({ observation }) => formatDuration(observation?.durationSeconds ?? Number.NaN)), rank: 50 },
    {
      ...textColumn(
        results.map(({ trial }) => ({ text: configurationText(trial.configuration, campaign), style: palette.dim })),
        51,
        NAME_WIDTH,
      ),
      head: ['configuration'],
      dispensable: true,
    },
  ];
}

/** Only the head may be cut: a figure without its provenance would pass for a measured one. */
const fixedBelowHead = (column: Column): Column => ({ ...column, least: widest(column.cells.map(({ text }) => text)) });

/** A trial without a full result has a sentence in place of values. */
function unfinishedLine(result: TrialResult | undefined, { palette, width }: SectionOptions): string | undefined {
  if (!result || result.trial.state === 'completed') return undefined;
  const style = result.trial.state === 'failed' ? palette.red : palette.yellow;
  return renderLine(
    [{ text: `  ${String(result.trial.index).padStart(5)}  ` }, { text: failureText(result), style }],
    width,
  );
}
