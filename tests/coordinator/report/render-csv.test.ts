import { expect, test } from 'vitest';
import { buildReport } from '../../../coordinator/report/build-report.js';
import { renderCsv } from '../../../coordinator/report/render-csv.js';
import { accuracyCampaign, attemptOf, energyResult, reading } from '../../support/energy-results.js';
import { sampleReportInput } from '../../support/sample-results.js';

const parameters = [{ kind: 'integer', name: 'width', low: -9, high: 9, scale: 'linear' }] as const;
const campaign = { ...accuracyCampaign, space: { parameters, constraints: [] } };

function table(
  results: Parameters<typeof buildReport>[0]['results'],
  attempts: Parameters<typeof buildReport>[0]['attempts'] = [],
) {
  const text = renderCsv(buildReport({ ...sampleReportInput(), campaign, results, attempts, reference: [0, 100] }));
  const [head = '', ...lines] = text.trimEnd().split('\n');
  const columns = head.split(',');
  return lines.map((line) => Object.fromEntries(line.split(',').map((cell, i) => [columns[i], cell])));
}

test('one row per trial with values, energy parts, provenance and uncertainty', () => {
  const first = energyResult({ index: 1, accuracy: 61.5, joules: 5, edgeJoules: 0.25, gain: 0.1 });
  const second = energyResult({ index: 2, accuracy: 50 });
  const cpu = reading(3, { part: 'cpu', provenance: 'model' });
  const rows = table(
    [first, second],
    [attemptOf(first, 0, { energy: [reading(7), cpu] }), attemptOf(first, 2, { attempt: 2, accounted: false })],
  );
  expect(rows).toHaveLength(2);
  expect(rows[0]).toMatchObject({
    trial: 't.1',
    state: 'completed',
    hardware_class: 'A',
    'parameter.width': '1',
    'objective.accuracy': '61.5',
    'objective.energy': '5',
    'unit.energy': 'J',
    'joules.energy': '5',
    'provenance.energy': 'counter',
    'boundary.energy': 'cpu',
    'edge_uncertainty_joules.energy': '0.25',
    'gain_uncertainty_joules.energy': '0.5',
    'all_attempts_joules.accelerator.counter': '9',
    'all_attempts_joules.cpu.model': '3',
    all_attempts_joules_are_lower_bounds: 'false',
    on_front: 'true',
  });
  expect(rows[1]).toMatchObject({
    'objective.energy': '',
    'unknown_because.energy': 'counter-reset',
    'joules.energy': '',
    'provenance.energy': 'unusable',
    'all_attempts_joules.accelerator.counter': '',
    on_front: 'false',
  });
});

test('joules of attempts that went on unseen are marked as lower bounds', () => {
  const result = energyResult({ index: 1, joules: 5 });
  const lost = attemptOf(result, undefined, { accounted: false, end: { kind: 'lost' } });
  const [row] = table([result], [attemptOf(result, 7), lost]);
  expect(row!['all_attempts_joules.accelerator.counter']).toBe('7');
  expect(row!['all_attempts_joules_are_lower_bounds']).toBe('true');
});

test('an attempt that took nothing leaves the joules of the others exact', () => {
  const result = energyResult({ index: 1, joules: 5 });
  const given = { accounted: false, end: { kind: 'handed-back' }, tookNothing: true } as const;
  const [row] = table([result], [attemptOf(result, 7), attemptOf(result, undefined, given)]);
  expect(row!['all_attempts_joules_are_lower_bounds']).toBe('false');
});

test('formulas are defused, negative numbers are not', () => {
  const result = energyResult({ index: 1, joules: 5, name: '=1+1' });
  const [row] = table([{ ...result, trial: { ...result.trial, configuration: { width: -4 } } }]);
  expect(row!['configuration_hash']).toBe("'=1+1");
  expect(row!['parameter.width']).toBe('-4');
});

test('texts with commas, quotes and line ends are quoted', () => {
  const result = energyResult({ index: 1, joules: 5, name: 'a "b",\nc' });
  const text = renderCsv(
    buildReport({ ...sampleReportInput(), campaign, results: [result], attempts: [], reference: [0, 100] }),
  );
  expect(text).toContain('"a ""b"",\nc"');
});
