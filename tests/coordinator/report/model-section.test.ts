/** The model's account of itself, as the report shows it. */

import { expect, test } from 'vitest';

import { buildReport } from '../../../coordinator/report/build-report.js';
import { renderHtml } from '../../../coordinator/report/render-html.js';
import { sampleReportInput } from '../../support/sample-results.js';

const note = {
  ...{
    objective: 'decode energy',
    task: 'A <b> / counter',
    results: 12,
    withinOne: 0.666,
    withinTwo: 1,
    error: 0.2345,
  },
  parameters: [
    { name: 'heads', lengthscale: 3.21, alone: 0.1, together: 0.2 },
    { name: 'layers', lengthscale: 0.45, alone: 0.7, together: 0.9 },
  ],
};
const text = (html: string): string => html.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ');

test('calibration and importance are shown, the most important parameter first, names as text', () => {
  const page = renderHtml(buildReport({ ...sampleReportInput(), model: [note] }));
  expect(text(page)).toContain('decode energy A &lt;b&gt; / counter 12 67 % 100 % 0.23');
  expect(text(page)).toContain('layers 70 % 90 % 0.45 heads 10 % 20 % 3.2');
});

test('without a model nothing is said of it', () => {
  expect(renderHtml(buildReport(sampleReportInput()))).not.toContain('The model that chose');
});

test('a campaign that started from another says so', () => {
  const startedFrom = { campaign: 'old-1', trials: 7 };
  expect(text(renderHtml(buildReport({ ...sampleReportInput(), startedFrom })))).toContain(
    'started from 7 trials of campaign old-1',
  );
});
