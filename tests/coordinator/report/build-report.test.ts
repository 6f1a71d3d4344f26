import { expect, test } from 'vitest';
import { buildReport } from '../../../coordinator/report/build-report.js';
import { renderCsv } from '../../../coordinator/report/render-csv.js';
import { renderHtml } from '../../../coordinator/report/render-html.js';
import { agentId } from '../../../shared/domain/identity.js';
import { accuracyCampaign, attemptOf, energyResult } from '../../support/energy-results.js';
import { sampleReportInput } from '../../support/sample-results.js';

const data = buildReport(sampleReportInput());

test('a report is plain JSON and comes out of JSON as it went in', () => {
  expect(JSON.parse(JSON.stringify(data))).toEqual(data);
});

test('the same input gives the same report', () => {
  expect(buildReport(sampleReportInput())).toEqual(data);
});

test('its parts are there, under their names', () => {
  expect(Object.keys(data).sort()).toEqual([
    'attempts',
    'campaign',
    'carbon',
    'comparisons',
    'energySplit',
    'format',
    'fronts',
    'hypervolume',
    'machines',
    'madeUnixMilliseconds',
    'predictors',
    'proposals',
    'saved',
    'searchEnergy',
    'trialCounts',
    'trials',
    'versions',
  ]);
  expect(data.trialCounts).toEqual({ completed: 16, failed: 2 });
  expect(
    data.fronts.map(({ hardwareClass, provenance, outcomes }) => [hardwareClass, provenance, outcomes.length]),
  ).toEqual([
    ['NVIDIA H200 x1 @700 W / tfjs-node-gpu', 'counter', 5],
    ['Simulated A100 x1 @400 W / tfjs-wasm', 'simulated', 6],
    ['AMD EPYC 9454 / tfjs-wasm', 'model', 4],
  ]);
  expect(data.searchEnergy).toMatchObject({ attempts: 22, withoutReading: 1 });
  expect(data.hypervolume!.histories).toHaveLength(3);
  expect(
    data.comparisons.map(({ objective, pairs, evidence, outcome }) => [
      objective,
      pairs.length,
      evidence,
      outcome.kind,
    ]),
  ).toEqual([
    ['training energy', 5, false, 'compared'],
    ['training energy', 4, false, 'refused'],
    ['training energy', 5, false, 'compared'],
    ['decode energy', 5, false, 'compared'],
    ['decode energy', 3, false, 'refused'],
    ['decode energy', 4, false, 'refused'],
  ]);
});

test('what is unknown has a reason and no number', () => {
  const trial = (index: number) => data.trials.find((facts) => facts.index === index)!;
  expect(trial(12).objectives['decode energy']).toEqual({
    kind: 'unknown',
    reason: 'cpu: the counter went back during the window',
  });
  expect(trial(12).objectives['training energy']!.kind).toBe('known');
  expect(trial(4).objectives['validation loss']).toEqual({
    kind: 'unknown',
    reason: 'The model and its gradients did not fit into 40 GB of device memory.',
  });
  expect(trial(12).energies.map(({ objective, kind }) => [objective, kind])).toEqual([
    ['training energy', 'usable'],
    ['decode energy', 'unusable'],
  ]);
});

test('every usable figure names its boundary, sources and devices', () => {
  const figures = data.trials.flatMap(({ energies }) => energies).filter((figure) => figure.kind === 'usable');
  expect(figures).toHaveLength(31);
  for (const { devices, sources, boundary } of figures) {
    expect([devices.length, sources.length]).toEqual([1, 1]);
    expect(boundary).toBe(sources[0] === 'cpu-model' ? 'cpu' : 'accelerator');
  }
});

test('readings are kept as exact integers', () => {
  const window = data.trials[0]!.windows[0]!;
  expect(window.startNanoseconds).toMatch(/^\d+$/);
  expect(window.devices[0]).toMatchObject({ kind: 'usable', microjoules: expect.stringMatching(/^\d+$/) as string });
});

test('a report of nothing is a report', () => {
  const { reference, sealed, ...input } = sampleReportInput({ state: 'open' });
  expect(reference).toBeDefined();
  expect(sealed).toBeUndefined();
  const empty = buildReport({ ...input, results: [], attempts: [], agents: [], proposals: [] });
  expect(empty).toMatchObject({
    trials: [],
    fronts: [],
    comparisons: [],
    trialCounts: {},
    searchEnergy: { totals: [] },
  });
  expect(empty.hypervolume).toBeUndefined();
});

test('trials come in the order of proposal, running ones with the reason why nothing is known', () => {
  const done = energyResult({ index: 2, joules: 5 });
  const queued = {
    trial: { ...energyResult({ index: 1 }).trial, state: 'queued' as const },
    objectives: {},
    missing: {},
    energies: {},
  };
  const { trials } = buildReport({
    ...sampleReportInput(),
    campaign: accuracyCampaign,
    results: [done, queued],
    reference: [0, 100],
  });
  expect(trials.map(({ index }) => index)).toEqual([1, 2]);
  expect(trials[0]!.objectives['accuracy']).toEqual({ kind: 'unknown', reason: 'not started yet' });
});

test('a metric that is no number is unknown, and says what was reported', () => {
  const odd = { ...energyResult({ index: 1, joules: 5 }), objectives: { accuracy: Number.NaN, energy: 5 } };
  const { trials } = buildReport({
    ...sampleReportInput(),
    campaign: accuracyCampaign,
    results: [odd],
    reference: [0, 100],
  });
  expect(trials[0]!.objectives['accuracy']).toEqual({ kind: 'unknown', reason: 'the program reported NaN' });
});

test('a failed trial has the class, agent and time of its last attempt, and what all of them took', () => {
  const { observation: _, attempt: __, ...result } = energyResult({ index: 1 });
  const failure = { kind: 'unknown', reason: 'exit-code', message: 'it ended with 3', signature: 'x' } as const;
  const failed = { ...result, trial: { ...result.trial, state: 'failed' as const, attempts: 2, failure } };
  const attempts = [2, 1].map((attempt) =>
    attemptOf(energyResult({ index: 1, on: 'Z' }), 187.5, {
      ...{ accounted: false, end: { kind: 'failed', failure }, attempt, agent: agentId(`agent-${attempt}`) },
      ...{ grantedUnixMilliseconds: 10_000 * attempt, endedUnixMilliseconds: 10_000 * attempt + 1_300 },
    }),
  );
  const data = buildReport({ ...sampleReportInput(), campaign: accuracyCampaign, results: [failed], attempts });
  expect(data.trials[0]).toMatchObject({
    ...{ hardwareClass: 'Z', agent: 'agent-2', startedUnixMilliseconds: 20_000, durationSeconds: 1.3 },
    spent: [{ provenance: 'counter', scope: 'parts', joules: 375, lowerBound: false }],
  });
  const text = renderHtml(data)
    .replaceAll(/<[^>]*>|\s+/g, ' ')
    .replaceAll(/ +/g, ' ');
  expect(text).toContain('it ended with 3 took 375 J counter in 2 attempts');
  expect(renderCsv(data)).toContain('Z,agent-2,,1970-01-01T00:00:20.000Z,1.3,unknown,exit-code,it ended with 3');
});
