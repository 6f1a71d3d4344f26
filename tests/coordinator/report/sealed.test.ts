import { expect, test } from 'vitest';
import { buildReport } from '../../../coordinator/report/build-report.js';
import { renderCsv } from '../../../coordinator/report/render-csv.js';
import { renderHtml } from '../../../coordinator/report/render-html.js';
import type { ReportInput } from '../../../coordinator/report/report-input.js';
import { sampleReportInput } from '../../support/sample-results.js';

/** A value that nothing else can have. */
const PLANTED = 8.76543215;

/** The planted value wherever a careless path could find it: with the sealed metrics, and in every observation. */
function planted(input: ReportInput): ReportInput {
  const metrics = { test_loss: PLANTED };
  return {
    ...input,
    sealed: Object.fromEntries(input.results.map(({ trial }) => [trial.id, metrics])),
    results: input.results.map((result) => ({
      ...result,
      ...(result.observation && {
        observation: {
          ...result.observation,
          metrics: { ...result.observation.metrics, ...metrics },
          sealed: metrics,
          outputTail: `test_loss=${PLANTED}`,
        },
      }),
    })),
  };
}

function everyForm(input: ReportInput): Readonly<Record<'html' | 'json' | 'csv', string>> {
  const data = buildReport(input);
  return { html: renderHtml(data), json: JSON.stringify(data), csv: renderCsv(data) };
}

test('no sealed metric is anywhere in the report of an open campaign', () => {
  const forms = everyForm(planted(sampleReportInput({ state: 'open' })));
  for (const text of Object.values(forms)) expect(text).not.toMatch(/8\.765/);
  expect(forms.csv).not.toContain('test_loss');
});

test('a closed campaign shows them for the front only', () => {
  const input = sampleReportInput();
  const data = buildReport(planted(input));
  const onFront = new Set(data.trials.filter((trial) => trial.onFront).map(({ id }) => id));
  expect(onFront.size).toBeGreaterThan(0);
  expect(onFront.size).toBeLessThan(data.trials.length);
  const { html, json, csv } = everyForm(planted(input));
  expect(html).toContain('8.765');
  expect(json.split(String(PLANTED)).length - 1).toBe(onFront.size);
  const rows = csv.split('\n').filter((line) => line.includes(String(PLANTED)));
  expect(new Set(rows.map((line) => line.split(',')[0]))).toEqual(onFront);
});

test('program output is in no form of the report', () => {
  const input = sampleReportInput();
  const results = input.results.map((result) => ({
    ...result,
    ...(result.observation && { observation: { ...result.observation, outputTail: 'tail-of-output' } }),
  }));
  for (const text of Object.values(everyForm({ ...input, results }))) expect(text).not.toContain('tail-of-output');
});
