import { expect, test } from 'vitest';
import { frontData, frontTrials } from '../../../coordinator/report/front-data.js';
import { summariseFront } from '../../../coordinator/report/summarise-front.js';
import { bestTradeOffs, tradeOffSentence } from '../../../coordinator/report/trade-offs.js';
import { accuracyCampaign, energyResult } from '../../support/energy-results.js';

const { objectives } = accuracyCampaign;
const parameters = [
  { kind: 'integer', name: 'width', low: 1, high: 9, scale: 'linear' },
  { kind: 'constant', name: 'epochs', value: 3 },
] as const;

const results = [
  energyResult({ index: 1, accuracy: 50, joules: 1_000, edgeJoules: 20 }),
  energyResult({ index: 2, accuracy: 80, joules: 4_000, edgeJoules: 80 }),
  energyResult({ index: 3, accuracy: 40, joules: 3_000 }),
  energyResult({ index: 4, accuracy: 75, joules: 1_500, edgeJoules: 30 }),
];
const sealed = {
  't.1': { test_loss: 1.5 },
  't.2': { test_loss: 2.5 },
  't.3': { test_loss: 666 },
  't.4': { test_loss: 3.5, other: 7 },
};
const [front] = frontData({ campaign: accuracyCampaign, results, state: 'closed', sealed });

test('the front trials are those that may be unsealed', () => {
  expect(frontTrials(accuracyCampaign, results)).toEqual(['t.2', 't.4', 't.1']);
});

test('rows read best first objective first, with units, uncertainty and parameters', () => {
  const table = summariseFront({ objectives, parameters }, front!);
  expect(table.columns).toEqual([
    { kind: 'trial', name: 'trial', unit: '' },
    { kind: 'objective', name: 'accuracy', unit: '%' },
    { kind: 'objective', name: 'energy', unit: 'kJ' },
    { kind: 'test', name: 'test_loss', unit: 'nats' },
    { kind: 'parameter', name: 'width', unit: '' },
  ]);
  expect(table.rows).toEqual([
    ['#2', '80', '4.000 ± 0.080', '2.500', '2'],
    ['#4', '75', '1.500 ± 0.030', '3.500', '4'],
    ['#1', '50', '1.000 ± 0.020', '1.500', '1'],
  ]);
  expect(table).toMatchObject({ hardwareClass: 'A', energyKnown: 'measured by an energy counter' });
});

test('a metric that was never declared as a test metric stays sealed, and so does all off the front', () => {
  const text = JSON.stringify(front);
  expect(text).not.toContain('666');
  expect(text).not.toContain('other');
});

test('an open campaign has no test column', () => {
  const [open] = frontData({ campaign: accuracyCampaign, results, state: 'open', sealed });
  expect(open!.testMetrics).toEqual([]);
  expect(open!.outcomes.flatMap((outcome) => Object.keys(outcome))).not.toContain('test');
  expect(JSON.stringify(open)).not.toContain('test_loss');
});

test('the best of each objective and the balanced one are picked, each once', () => {
  expect(bestTradeOffs(objectives, front!).map(({ names, outcome }) => [names, outcome.index])).toEqual([
    [['best accuracy'], 2],
    [['best energy'], 1],
    [['balanced'], 4],
  ]);
});

test('the sentence says what the step to the least energy changes', () => {
  expect(tradeOffSentence(objectives, front!)).toBe(
    'From the best accuracy (#2) to the best energy (#1): energy −75\u00a0%, accuracy −38\u00a0%.',
  );
});

test('a front of one outcome offers no step', () => {
  const [single] = frontData({ campaign: accuracyCampaign, results: results.slice(0, 1), state: 'open' });
  expect(tradeOffSentence(objectives, single!)).toBeUndefined();
  expect(bestTradeOffs(objectives, single!)).toEqual([
    { names: ['best accuracy', 'best energy'], outcome: single!.outcomes[0] },
  ]);
});
