/** How the growth of the hypervolume is told: what lowers it is marked and said. */

import { expect, test } from 'vitest';

import type { HistoryPoint } from '../../../coordinator/analysis/hypervolume-history.js';
import { buildReport } from '../../../coordinator/report/build-report.js';
import { progressSection } from '../../../coordinator/report/progress-section.js';
import { sampleReportInput } from '../../support/sample-results.js';

function sectionWith(points: readonly HistoryPoint[]): string {
  const data = buildReport(sampleReportInput());
  const { reference, histories } = data.hypervolume!;
  return progressSection({ ...data, hypervolume: { reference, histories: [{ ...histories[0]!, points }] } }).text;
}

const GROWN: readonly HistoryPoint[] = [
  { trials: 1, joules: 5, hypervolume: 3 },
  { trials: 2, joules: 9, hypervolume: 7 },
];

test('each fall is marked in both charts and named below them', () => {
  const fallen = sectionWith([...GROWN, { trials: 3, joules: 12, hypervolume: 6, fell: true }]);
  expect(fallen.match(/came out worse: its mean/g)).toHaveLength(2);
  expect(fallen.replace(/\s+/g, ' ')).toContain(
    'The hypervolume went back after trial 3: a repeated configuration came',
  );
});

test('a hypervolume that only grew has no mark', () => {
  expect(sectionWith(GROWN)).not.toContain('came out worse');
  expect(sectionWith(GROWN)).not.toContain('went back');
});
