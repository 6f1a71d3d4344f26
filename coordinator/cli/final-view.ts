/** The last screen of a campaign: its front, what the search cost, where the report lies and how to go on. */

import pc from 'picocolors';

import type { Campaign, Objective } from '../../shared/domain/campaign.js';
import { isMeasured } from '../../shared/domain/measurement.js';
import { formatDuration, formatMeasure, formatQuantity } from '../../shared/domain/quantity.js';
import type { TrialResult } from '../../shared/domain/trial.js';
import { percentText, PROVENANCE_MEANING } from '../../shared/runtime/machine-text.js';
import { printable, renderLine, wrapText, type Span } from '../../shared/runtime/terminal-text.js';
import { energySplit } from '../analysis/energy-split.js';
import { uncertaintyOf } from '../analysis/outcome-groups.js';
import { NOT_EVIDENCE } from '../analysis/paired-energy.js';
import { savedEnergy, savedText } from '../analysis/saved-energy.js';
import { TIE_MEANING, tieText, type TieCandidate } from '../analysis/ties.js';
import { carbonIntensity } from '../../shared/schema/carbon-intensity.js';
import { COMPARISON_TITLE } from '../report/comparison-section.js';
import { UNCERTAINTY_MEANING } from '../report/value-text.js';
import type { CampaignSnapshot, FrontView } from '../campaign/snapshot.js';
import {
  counted,
  frontName,
  hypervolumeUnit,
  provenancesOf,
  searchCarbonText,
  searchEnergyText,
} from './campaign-text.js';
import type { CampaignFinal } from './campaign-view.js';
import { sharedParameters, showsUncertainty } from './front-columns.js';
import { frontTable } from './front-table.js';

export interface FinalOptions {
  readonly width: number;
  readonly color: boolean;
}

interface Paper extends FinalOptions {
  readonly palette: ReturnType<typeof pc.createColors>;
}

/** The lines of the last screen; none is wider than `width` but paths and commands. */
export function finalLines(final: CampaignFinal, options: FinalOptions): string[] {
  const paper = { ...options, palette: pc.createColors(options.color) };
  const { snapshot } = final;
  const unsealed = snapshot.state === 'closed' ? final : { ...final, sealed: undefined };
  return [
    '',
    titleLine(snapshot, paper),
    ...snapshot.fronts.flatMap((front) => ['', ...frontLines(front, unsealed, paper)]),
    ...(snapshot.fronts.every(({ results }) => results.length === 0)
      ? ['', 'No trial was completed: there is no front.']
      : []),
    ...remarkLines(snapshot, paper),
    '',
    ...factLines('Energy', energyFact(snapshot), paper),
    ...factLines('', splitFact(snapshot), paper),
    ...factLines('Saved', savedFact(snapshot), paper),
    ...factLines('Carbon', carbonFact(snapshot), paper),
    ...factLines('Time', formatDuration(snapshot.activeSeconds), paper),
    ...factLines('Trials', trialsFact(snapshot), paper),
    ...againTexts(snapshot).flatMap((text, index) => factLines(index === 0 ? 'Again' : '', text, paper)),
    ...final.reports.map((path, index) => copyableLine(index === 0 ? 'Report' : '', path, paper)),
    ...final.next.flatMap(({ command, purpose }, index) => [
      ...factLines(index === 0 ? 'Next' : '', `${purpose}:`, paper),
      copyableLine('', command, paper),
    ]),
  ];
}

function titleLine({ campaign, id, state, closeReason }: CampaignSnapshot, { palette, width }: Paper): string {
  const open: Span = { text: 'not finished: it goes on where it was left', style: palette.yellow };
  const closed: Span = { text: `closed: ${closeReason ?? 'no reason given'}`, style: palette.green };
  return renderLine(
    [
      { text: campaign.name, style: palette.bold },
      { text: `  ${id}  `, style: palette.dim },
      state === 'closed' ? closed : open,
    ],
    width,
  );
}

type Unsealed = Pick<CampaignFinal, 'snapshot'> & { readonly sealed?: CampaignFinal['sealed'] };

function frontLines(front: FrontView, { snapshot, sealed }: Unsealed, paper: Paper): string[] {
  const { results, hypervolume } = front;
  if (results.length === 0) return [];
  const { campaign, reference } = snapshot;
  const size = `${counted(results.length, 'trial')}, best ${campaign.objectives[0]?.name ?? ''} first`;
  const title = wrapText(printable(`Front of ${frontName(front, campaign)}: ${size}`), paper.width);
  const volume = `Hypervolume ${formatMeasure(hypervolume, hypervolumeUnit(campaign))}${referenceText(campaign, reference)}`;
  return [
    ...title.map((line) => paper.palette.bold(line)),
    ...frontTable(results, { campaign, sealed, ...paper }),
    ...constantLines(front, campaign, paper),
    ...tieLines(front, campaign, paper),
    ...(hypervolume === undefined ? [] : wrapText(printable(volume), paper.width)),
  ];
}

/** Parameters that all trials of the front share have no column. */
function constantLines({ results }: FrontView, campaign: Campaign, { width }: Paper): string[] {
  const alike = sharedParameters(results, campaign);
  if (alike.length === 0) return [];
  const whose = results.length === 1 ? 'Of the trial' : 'The same in all';
  return wrapText(printable(`${whose}: ${alike.map(({ name, text }) => `${name} ${text}`).join('; ')}`), width);
}

function tieLines({ results }: FrontView, { objectives }: Campaign, { width }: Paper): string[] {
  const texts = objectives.flatMap((objective) => tieText(objective.name, tieCandidates(results, objective)) ?? []);
  return texts.length === 0 ? [] : wrapText(printable(`${texts.join('; ')}. ${TIE_MEANING}`), width);
}

function tieCandidates(results: readonly TrialResult[], objective: Objective): TieCandidate[] {
  return results.flatMap((result) => {
    const value = result.objectives[objective.name];
    const uncertainty = uncertaintyOf(result, objective);
    return value !== undefined && uncertainty ? [{ index: result.trial.index, value, random: uncertainty.random }] : [];
  });
}

function referenceText({ objectives }: Campaign, reference: readonly number[] | undefined): string {
  if (!reference) return '';
  return ` within the reference ${objectives.map(({ name, unit }, index) => `${name} ${formatMeasure(reference[index], unit)}`).join(', ')}`;
}

/** What must be known to read the figures rightly. */
function remarkLines({ campaign, fronts }: CampaignSnapshot, { width, palette }: Paper): string[] {
  const results = fronts.flatMap((front) => front.results);
  const shown = provenancesOf(results, campaign);
  const remarks = [
    ...(showsUncertainty(results, campaign) ? [UNCERTAINTY_MEANING] : []),
    ...repeatRemarks(results, campaign),
    ...shown.map((provenance) => `${provenance}: energy is ${PROVENANCE_MEANING[provenance]}.`),
    ...(campaign.hardware.policy === 'compare' && shown.some((provenance) => !isMeasured(provenance))
      ? [NOT_EVIDENCE]
      : []),
    ...(campaign.hardware.policy === 'compare' && fronts.length > 1
      ? [`How the classes compare, configuration by configuration, is in the report under “${COMPARISON_TITLE}”.`]
      : []),
  ];
  return remarks.flatMap((remark) => wrapText(remark, width)).map((line) => palette.dim(line));
}

/** How well repeats pin down an energy per item, such as `decode: 12 to 18 repeats, 95 % interval within ± 1.9 %`. */
function repeatRemarks(results: readonly TrialResult[], { objectives }: Campaign): string[] {
  return objectives.flatMap(({ name }) => {
    const repeats = results.flatMap(({ energies: { [name]: energy } }) =>
      energy?.kind === 'usable' && energy.repeats ? [energy.repeats] : [],
    );
    if (repeats.length === 0) return [];
    const counts = repeats.map(({ count }) => count);
    const [least, most] = [Math.min(...counts), Math.max(...counts)];
    const worst = Math.max(...repeats.map(({ relativeHalfWidth }) => relativeHalfWidth));
    const count = least === most ? String(most) : `${least} to ${most}`;
    return [
      `${name}: ${count} repeats, 95 % interval within ± ${percentText(worst)}, without what is common to a device.`,
    ];
  });
}

function energyFact({ searchEnergy, searchEnergyIsLowerBound, results, running }: CampaignSnapshot): string {
  const attempts = [...results, ...running].reduce((sum, { trial }) => sum + trial.attempts, 0);
  const text = searchEnergyText(searchEnergy, searchEnergyIsLowerBound);
  return `${text} for the whole search (${counted(attempts, 'attempt')}, lost and failed ones included)`;
}

/** Energies are whole microjoules: less is what sums of fractions leave. */
const LEAST_JOULES = 0.5e-6;

/** Such as `counter: 422 J in windows of objectives, 100 J in the rest of these trials, 34 J in attempts without a result`. */
function splitFact({ campaign, results, searchEnergy }: CampaignSnapshot): string {
  const texts = energySplit(campaign, results).map(({ provenance, windowJoules, trialJoules, gainRelative }) => {
    const others = Math.max(0, (searchEnergy[provenance] ?? 0) - trialJoules);
    return [
      `${provenance}: ${formatQuantity(windowJoules, 'J')} in windows of objectives`,
      `${formatQuantity(trialJoules - windowJoules, 'J')} in the rest of these trials`,
      ...(others >= LEAST_JOULES ? [`${formatQuantity(others, 'J')} in attempts without a result`] : []),
      ...(gainRelative > 0 ? [`± ${percentText(gainRelative)} by the gain of the sensors`] : []),
    ].join(', ');
  });
  return texts.join('; ');
}

/** By trials that were stopped early: nobody knows it, since they were not run to their end. */
function savedFact({ results }: CampaignSnapshot): string {
  const texts = savedEnergy(results).map((saved) => `${savedText(saved)} in ${counted(saved.trials, 'trial')}`);
  return texts.length === 0 ? '' : `${texts.join(', ')} stopped early, by estimate of what they would still have taken`;
}

/** Nothing where the campaign names no place: a figure is never guessed. */
function carbonFact({ campaign, searchEnergy, searchEnergyIsLowerBound }: CampaignSnapshot): string {
  if (!campaign.carbon) return '';
  const intensity = carbonIntensity(campaign.carbon);
  const text = searchCarbonText(searchEnergy, { intensity, isLowerBound: searchEnergyIsLowerBound });
  return `${text} (${intensity.label}). ${intensity.attribution}`;
}

/** More than these are in the report. */
const MOST_AGAIN = 3;

function againTexts({ measuredAgain }: CampaignSnapshot): string[] {
  const shown = measuredAgain.slice(0, MOST_AGAIN);
  const more = measuredAgain.length - shown.length;
  return [
    ...shown.map(
      ({ index, attempt, reason }) => `trial ${index} was measured again after attempt ${attempt}: ${reason}`,
    ),
    ...(more > 0 ? [`and ${counted(more, 'attempt')} more`] : []),
  ];
}

/** `18 finished: 15 completed, 2 failed (1 diverged, 1 out-of-memory), 1 stopped-early; 3 further attempts`. */
function trialsFact({ results, finished, queued, running }: CampaignSnapshot): string {
  const states = tally(results.map(({ trial }) => trial.state));
  const reasons = tally(
    results.flatMap(({ trial }) => (trial.state === 'failed' ? (trial.failure?.reason ?? 'unknown') : [])),
  );
  const parts = states.map(([state, count]) =>
    state === 'failed'
      ? `${count} failed (${reasons.map(([reason, n]) => `${n} ${reason}`).join(', ')})`
      : `${count} ${state}`,
  );
  const repeated = results.reduce((sum, { trial }) => sum + Math.max(0, trial.attempts - 1), 0);
  const open = queued + running.length;
  return [
    `${finished} finished${parts.length > 0 ? `: ${parts.join(', ')}` : ''}`,
    ...(repeated > 0 ? [`${counted(repeated, 'attempt')} lost or repeated`] : []),
    ...(open > 0 ? [`${open} not finished`] : []),
  ].join('; ');
}

function tally(words: readonly string[]): [string, number][] {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return [...counts].sort(([a], [b]) => (a < b ? -1 : 1));
}

const LABEL_WIDTH = 8;

function factLines(label: string, text: string, { width, palette }: Paper): string[] {
  if (text === '') return [];
  return wrapText(printable(text), Math.max(1, width - LABEL_WIDTH)).map((line, index) =>
    renderLine([{ text: (index === 0 ? label : '').padEnd(LABEL_WIDTH), style: palette.dim }, { text: line }], width),
  );
}

/** A path or command is one line even where it is longer than the terminal is wide: broken up it could not be copied. */
const copyableLine = (label: string, text: string, { palette }: Paper): string =>
  palette.dim(label.padEnd(LABEL_WIDTH)) + palette.cyan(printable(text));
