/** Hardware classes against each other, and what ranks energy within a class. */

import type { Provenance } from '../../shared/domain/measurement.js';
import type { Interval } from '../analysis/bootstrap.js';
import type { EnergyPredictor } from '../analysis/energy-predictors.js';
import { groupedBy } from '../analysis/grouped-by.js';
import { FEWEST_PAIRS, NOT_EVIDENCE, type PairedComparison } from '../analysis/paired-energy.js';
import type { RankEstimate } from '../analysis/rank-correlation.js';
import { provenanceBadge } from './badges.js';
import { pairChart, ratioChart, rowName } from './comparison-chart.js';
import { dataTable, type Cell } from './data-table.js';
import { html, NOTHING, type Markup } from './html-text.js';
import type { ReportData } from './report-data.js';
import { percent, shortNumber } from './value-text.js';

/** More scatter charts than this tell nobody anything; the table has them all. */
const MOST_PAIR_CHARTS = 6;

/** The terminal sends its readers there. */
export const COMPARISON_TITLE = 'Across hardware classes';

export function comparisonSection({ comparisons, predictors }: ReportData): Markup {
  const measured = comparisons.filter(({ evidence }) => evidence);
  const others = comparisons.filter(({ evidence }) => !evidence);
  return html`<section id="comparison">
    <h2>${COMPARISON_TITLE}</h2>
    ${comparisons.length === 0 ? html`<p>Nothing to compare: usable energy is known on fewer than two hardware classes.</p>` : explanation()}
    ${measured.length > 0 ? comparisonTable(measured, 0) : NOTHING}
    ${
      others.length > 0
        ? html`<p class="warning">${NOT_EVIDENCE}</p>
            ${comparisonTable(others, measured.length)}`
        : NOTHING
    }
    ${predictorsMarkup(predictors)}
  </section>`;
}

const explanation = (): Markup =>
  html`<p>
    Ratios are geometric means over the configurations that both classes have run. The first interval resamples
    configurations and speaks of these very cards; the second adds the uncertainty of each card's gain, which no number
    of configurations reduces, and speaks of the classes. Ranks may agree where ratios vary: both are given. All
    intervals are 95 %, from a seeded bootstrap, which can say nothing of an order that is perfect.
  </p>`;

function comparisonTable(comparisons: readonly PairedComparison[], offset: number): Markup {
  const columns = [
    { name: '' },
    { name: 'energy of one class ÷ of the other' },
    { name: 'pairs', align: 'number' as const },
    { name: 'ratio', align: 'number' as const },
    { name: 'these cards', align: 'number' as const },
    { name: 'with gain', align: 'number' as const },
    { name: 'Spearman ρ', align: 'number' as const },
    { name: 'Kendall τ', align: 'number' as const },
  ];
  const chart = ratioChart(comparisons, offset);
  const pairs = comparisons.filter(({ outcome }) => outcome.kind === 'compared').slice(0, MOST_PAIR_CHARTS);
  return html`${dataTable(
    columns,
    comparisons.map((comparison, i) => comparisonRow(comparison, i + 1 + offset)),
  )}
  ${chart ? html`<div class="wide">${chart}</div>` : NOTHING}
  ${
    pairs.length > 0
      ? html`<details>
          <summary>Configurations on both classes</summary>
          <div class="panels">${pairs.map(pairChart)}</div>
        </details>`
      : NOTHING
  }`;
}

function comparisonRow({ objective, a, b, pairs, outcome }: PairedComparison, number: number): Cell[] {
  const sides: Cell[] = [
    rowName(number),
    html`<strong>${objective}</strong><br />${b.hardwareClass} ${provenanceBadge(b.provenance)}<br />÷
      ${a.hardwareClass}
      ${provenanceBadge(a.provenance)}${outcome.kind === 'refused' ? html`<br /><span class="unknown">${outcome.reason}</span>` : NOTHING}`,
    String(pairs.length),
  ];
  if (outcome.kind === 'refused') return [...sides, html`<span class="unknown">refused</span>`, '', '', '', ''];
  const { ratio, withGain, gainRelative, spearman, kendall } = outcome;
  return [
    ...sides,
    html`<strong>${shortNumber(ratio.value)}</strong>`,
    interval(ratio.interval),
    html`${interval(withGain)}<br /><span class="unit">gain ± ${percent(gainRelative)}</span>`,
    rankText(spearman),
    rankText(kendall),
  ];
}

const interval = ({ low, high }: Interval): string => `${threeDigits(low)} … ${threeDigits(high)}`;

function rankText({ value, interval: of }: RankEstimate): Markup {
  const bounds = of ? `${signed(of.low)} … ${signed(of.high)}` : 'no interval';
  return html`${signed(value)}<br /><span class="unit">${bounds}</span>`;
}

const signed = (value: number): string => value.toFixed(2).replace('-', '−');

const threeDigits = (value: number): string => String(Number(value.toPrecision(3)));

/** Shown per class and objective; the rest is in the JSON file. */
const MOST_PREDICTORS = 8;

const MODEL_NOTE =
  'Modelled energy is processor time multiplied by a constant: it goes with run time by construction wherever trials keep ' +
  'the processors equally busy.';

const SIMULATED_NOTE =
  'Simulated energy follows from stated power figures and how busy the device was: what goes with it tells of the ' +
  'simulation.';

function predictorsMarkup(predictors: readonly EnergyPredictor[]): Markup {
  if (predictors.length === 0) return NOTHING;
  const groups = groupedBy(predictors, ({ objective, hardwareClass, provenance }) =>
    JSON.stringify([objective, hardwareClass, provenance]),
  );
  const rows = [...groups.values()].flatMap((group) => group.slice(0, MOST_PREDICTORS).map(predictorRow));
  const has = (provenance: Provenance): boolean => predictors.some((predictor) => predictor.provenance === provenance);
  return html`<h3>What ranks energy within a class</h3>
    <p>
      Spearman's rank correlation of each number known of a trial with its energy, where ${FEWEST_PAIRS} trials or more
      have both.${has('model') ? ` ${MODEL_NOTE}` : ''}${has('simulated') ? ` ${SIMULATED_NOTE}` : ''}
    </p>
    <details>
      <summary>${rows.length} correlations</summary>
      ${dataTable(
        [
          { name: 'energy' },
          { name: 'class' },
          { name: 'against' },
          { name: 'kind' },
          { name: 'trials', align: 'number' },
          { name: 'correlation', align: 'number' },
        ],
        rows,
      )}
    </details>`;
}

function predictorRow({
  objective,
  hardwareClass,
  provenance,
  kind,
  name,
  trials,
  correlation,
}: EnergyPredictor): Cell[] {
  return [
    objective,
    html`${hardwareClass} ${provenanceBadge(provenance)}`,
    name,
    kind,
    String(trials),
    rankText(correlation),
  ];
}
