import { expect, test } from 'vitest';
import { parseHTML } from 'linkedom';
import { NOT_EVIDENCE } from '../../../coordinator/analysis/paired-energy.js';
import { buildReport } from '../../../coordinator/report/build-report.js';
import { renderHtml } from '../../../coordinator/report/render-html.js';
import type { ReportInput } from '../../../coordinator/report/report-input.js';
import type { WindowReading } from '../../../shared/domain/measurement.js';
import { accuracyCampaign, attemptOf, energyResult } from '../../support/energy-results.js';
import { sampleReportInput } from '../../support/sample-results.js';

const page = (input: ReportInput): string => renderHtml(buildReport(input));
const sample = page(sampleReportInput());

/** What is used of a document; the compiler knows no browser types here. */
interface Nodes {
  readonly document: {
    querySelectorAll(selector: string): Iterable<{
      readonly textContent: string;
      readonly tagName: string;
      getAttribute(name: string): string | null;
      closest(selector: string): unknown;
    }>;
  };
}

const nodes = (html: string, selector: string) => [...(parseHTML(html) as Nodes).document.querySelectorAll(selector)];

test('its outline', () => {
  const classes = [
    'NVIDIA H200 x1 @700 W / tfjs-node-gpu counter',
    'Simulated A100 x1 @400 W / tfjs-wasm simulated',
    'AMD EPYC 9454 / tfjs-wasm model',
  ];
  expect(nodes(sample, 'h1, h2, h3').map(({ textContent }) => textContent.trim())).toEqual([
    'Moby Dick language model',
    'Summary',
    'Best trade-offs',
    'Front',
    ...classes,
    'Progress of the search',
    ...classes,
    'Across hardware classes',
    'What ranks energy within a class',
    'All trials',
    'Energy',
    'What the search cost',
    'How sure a figure is',
    'The front, part by part',
    'The reading behind every figure',
    'Hardware and sensors',
    'bench-1 bench-1.lab',
    'bench-2 bench-2.lab',
    'bench-3 bench-3.lab',
    'How to reproduce',
  ]);
});

test('it loads nothing, runs nothing, and forbids both', () => {
  expect(sample).not.toMatch(/<(script|iframe|object|embed|img|form|base)\b/i);
  expect(sample).not.toMatch(/@import|url\(/i);
  for (const node of nodes(sample, '[src], [href], [xlink\\:href]')) {
    expect(node.getAttribute('src')).toBeNull();
    expect(node.getAttribute('href')).toMatch(/^(#|data:,$)/);
  }
  const [policy] = nodes(sample, 'meta[http-equiv="Content-Security-Policy"]');
  expect(policy!.getAttribute('content')).toMatch(/^default-src 'none'; style-src 'unsafe-inline'; img-src data:;/);
});

test('every link within the page leads somewhere', () => {
  const targets = new Set(nodes(sample, '[id]').map((node) => node.getAttribute('id')));
  for (const link of nodes(sample, 'a[href]')) expect(targets).toContain(link.getAttribute('href')!.slice(1));
});

test('the energy of the search is on the first page, by provenance', () => {
  const [tile] = nodes(sample, '#summary .tile.energy');
  const text = tile!.textContent.replace(/\s+/g, ' ');
  expect(text).toContain('Energy of the search, all 22 attempts');
  expect(text).toMatch(/≥ [\d.]+ kJ counter measured by an energy counter/);
  expect(text).toMatch(/≥ [\d.]+ kJ model modelled, not measured/);
  expect(text).toMatch(/≥ [\d.]+ kJ simulated simulated, not measured/);
});

test('comparisons on modelled energy stand under their sentence', () => {
  const [warning] = nodes(sample, '#comparison .warning');
  expect(warning!.textContent.trim()).toBe(NOT_EVIDENCE);
  const input = measuredInput();
  expect(page(input)).not.toContain(NOT_EVIDENCE);
  expect(nodes(page(input), '#comparison td.number strong').map(({ textContent }) => textContent)).toEqual(['2']);
});

test('only a model is said to go with run time by construction; a simulation follows from how busy the device was', () => {
  const text = (html: string): string => nodes(html, '#comparison')[0]!.textContent.replace(/\s+/g, ' ');
  expect(text(sample)).toMatch(
    /Modelled energy is processor time multiplied by a constant: [^.]+ by construction wherever/,
  );
  expect(text(sample)).toMatch(/Simulated energy follows from stated power figures and how busy the device was/);
  expect(text(page(measuredInput()))).not.toMatch(/construction|imulated/);
  expect(NOT_EVIDENCE).not.toContain('run time');
});

/** Five configurations on two measured classes, B twice A. */
function measuredInput(): ReportInput {
  const results = [1, 2, 3, 4, 5].flatMap((i) => [
    energyResult({ index: 2 * i - 1, name: `c${i}`, on: 'A', joules: i, accuracy: i }),
    energyResult({ index: 2 * i, name: `c${i}`, on: 'B', joules: 2 * i, accuracy: i }),
  ]);
  const attempts = results.map((result) => attemptOf(result, 10));
  return { ...sampleReportInput(), campaign: accuracyCampaign, results, attempts, reference: [0, 100] };
}

test('unknown values are words with a reason, never a 0', () => {
  const cells = nodes(sample, '#trials .unknown');
  expect(cells.map(({ textContent }) => textContent)).toContain('unknown');
  for (const cell of cells) expect(cell.getAttribute('title')).not.toBe('');
  expect(nodes(sample, '#trials td.number').map(({ textContent }) => textContent.trim())).not.toContain('0');
});

test('proposals by one method are one row, their numbers a range', () => {
  const proposals = [8, 9, 17].map((n, i) => ({
    index: i,
    count: 1,
    method: `model over ${n} results of 3 objectives`,
  }));
  const html = page({ ...sampleReportInput(), proposals: [{ index: 0, count: 8, method: 'Sobol' }, ...proposals] });
  const rows = nodes(html, '#reproduce tbody tr').map(({ textContent }) => textContent.replace(/\s+/g, ' ').trim());
  expect(rows).toEqual(['8Sobol (1 proposal)', '3model over 8 to 17 results of 3 objectives (3 proposals)']);
});

test('a front says how well the gain of its cards is known', () => {
  const results = [energyResult({ index: 1, joules: 5, gain: 0.3 })];
  const html = page({ ...sampleReportInput(), campaign: accuracyCampaign, results, attempts: [], reference: [0, 100] });
  expect(nodes(html, '#front .sub')[0]!.textContent).toContain('gain common to all that is known to ±\u00a030\u00a0%');
});

test('where the energy of the search went: windows of objectives, the rest of their trials, and what gave no result', () => {
  const [head] = nodes(sample, '#energy th').filter(({ textContent }) =>
    textContent.includes('in windows of objectives'),
  );
  const rows = nodes(sample, '#energy tr').map(({ textContent }) => textContent.replace(/\s+/g, ' ').trim());
  expect(head).toBeDefined();
  expect(rows).toContainEqual(expect.stringMatching(/^model[\d.]+ k?J[\d.]+ k?J[\d.]+ k?J± \d+\s%$/));
});

test('energies on a front that are not told apart are said to be, beside the front and the best of it', () => {
  const tied = [
    energyResult({ index: 1, accuracy: 50, joules: 100, edgeJoules: 3, gain: 0.3 }),
    energyResult({ index: 2, accuracy: 60, joules: 110, edgeJoules: 4, gain: 0.3 }),
    energyResult({ index: 3, accuracy: 70, joules: 150, edgeJoules: 4, gain: 0.3 }),
  ];
  const input = {
    ...sampleReportInput(),
    campaign: accuracyCampaign,
    results: tied,
    attempts: [],
    reference: [0, 999],
  };
  for (const where of ['#front', '#summary']) {
    const notes = nodes(page(input), `${where} .note`).map(({ textContent }) => textContent.trim());
    expect(notes.filter((text) => text.includes('≈'))).toEqual([expect.stringMatching(/^energy: 1 ≈ 2\. ≈: not told/)]);
  }
});

test('a report of nothing says so', () => {
  const { reference, ...input } = sampleReportInput({ state: 'open' });
  expect(reference).toBeDefined();
  const text = page({ ...input, results: [], attempts: [], agents: [], proposals: [] });
  expect(text).toContain('there is no front yet');
  expect(text).toContain('nothing has run yet');
  expect(text).toContain('The hypervolume is unknown');
  expect(text).toContain('No agent has registered yet.');
});

test('one objective is drawn over the trials', () => {
  const campaign = { ...accuracyCampaign, objectives: accuracyCampaign.objectives.slice(1) };
  const results = [energyResult({ index: 1, joules: 5 }), energyResult({ index: 2, joules: 4 })];
  const html = page({ ...sampleReportInput(), campaign, results, attempts: [], reference: [10] });
  expect(nodes(html, '#front figure').map((svg) => svg.getAttribute('aria-label'))).toEqual([
    'energy of each trial on A',
  ]);
});

test('nothing that anybody named becomes markup', () => {
  const evil = '"><script>alert(1)</script><img src=x onerror=alert(1)>\'&';
  const input = sampleReportInput();
  const { campaign } = input;
  const named = {
    ...campaign,
    name: evil,
    owner: evil,
    description: evil,
    space: {
      parameters: [...campaign.space.parameters, { kind: 'categorical' as const, name: evil, values: [evil] }],
      constraints: [evil],
    },
    objectives: campaign.objectives.map((objective) => ({ ...objective, unit: `${objective.unit}${evil}` })),
    metrics: campaign.metrics.map((metric) => ({ ...metric, unit: evil })),
  };
  const results = input.results.map((result) => ({
    ...result,
    trial: {
      ...result.trial,
      configuration: { ...result.trial.configuration, [evil]: evil },
      ...(result.trial.failure && { failure: { ...result.trial.failure, message: evil, reason: evil } }),
    },
    ...(result.observation && {
      observation: { ...result.observation, hardwareClass: `${result.observation.hardwareClass}${evil}` as never },
    }),
  }));
  const agents = input.agents.map((agent) => ({
    ...agent,
    name: evil,
    machine: { ...agent.machine, hostName: evil, cpuModel: evil, versions: { [evil]: evil } },
  }));
  const proposals = [{ index: 0, count: 1, method: evil }];
  const versions = { [evil]: evil };
  const html = page({
    ...input,
    campaign: named,
    campaignId: evil,
    campaignText: evil,
    results,
    agents,
    proposals,
    versions,
  });
  expect(nodes(html, 'script, img')).toEqual([]);
  expect(html).not.toMatch(/<script|<img/);
  expect(nodes(html, '[onerror]')).toEqual([]);
});

const texts = (html: string, selector: string): string[] =>
  nodes(html, selector).map(({ textContent }) => textContent.replace(/\s+/g, ' ').trim());

test('the energies of the front are told part by part, each trial folded up', () => {
  const { fronts } = buildReport(sampleReportInput());
  const onFront = fronts.flatMap(({ outcomes }) => outcomes.filter(({ rank }) => rank !== undefined));
  expect(nodes(sample, '#energy details.figures')).toHaveLength(onFront.length);
  expect(nodes(sample, '#energy details.figures[open]')).toEqual([]);
  const [table = ''] = texts(sample, '#energy details.figures table');
  expect(texts(sample, '#hardware dl').join(' ')).toMatch(/\d GB of memory/);
  for (const part of [
    'accelerator cpu, not in the sum dram, not in the sum',
    '± window edges',
    // 1.3 % above the corrected figure, and so 1.013 x 0.991 of the sensor's own.
    'second readingnvml power 3.89 kJ (+0.39 %)',
    'before calibration',
    'charged to no trial',
    '41 °C at the start, 67 °C at the end',
    'clocks were held down by the power limit',
  ]) {
    expect(table).toContain(part);
  }
});

test('a reading that nobody has is no row, and an unusable device has a reason', () => {
  expect(texts(sample, '#energy details.figures tbody th')).toContain('second reading');
  const modelled = {
    ...sampleReportInput(),
    results: sampleReportInput().results.filter(({ trial }) => trial.index === 3),
  };
  const names = texts(page(modelled), '#energy details.figures tbody th');
  expect(names).toContain('± gain');
  expect(names).not.toContain('second reading');
  const titles = nodes(sample, '#energy details.figures .unknown').map((node) => node.getAttribute('title'));
  expect(titles).toContain('the counter stood still');
});

test('less than idle is told as it is, and blamed on the idle window only where it is clear', () => {
  const withIdle = (watts: number): string => {
    const input = sampleReportInput();
    const results = input.results.map((result) => ({
      ...result,
      ...(result.observation && {
        observation: { ...result.observation, windows: result.observation.windows.map((one) => idleAt(one, watts)) },
      }),
    }));
    return texts(page({ ...input, results }), '#energy details.figures').join('\n');
  };
  expect(withIdle(74)).not.toMatch(/not at rest|told from idle/);
  expect(withIdle(900)).toMatch(
    /−[\d.]+ ± [\d.]+ kJ random, less 900 W idle; the device was not at rest before the trial/,
  );
  expect(withIdle(310)).toContain('; not to be told from idle');
});

/** The idle window with another power of the card. */
const idleAt = (window: WindowReading, watts: number): WindowReading =>
  window.kind !== 'idle'
    ? window
    : {
        ...window,
        devices: window.devices.map((one) =>
          one.part === 'accelerator' ? { ...one, microjoules: BigInt(watts * 2_000_000) } : one,
        ),
      };

test('an attempt that was measured again says why', () => {
  expect(texts(sample, '#energy td')).toContainEqual(
    expect.stringMatching(/contaminated: process 4711 \(python\) used the device/),
  );
  expect(texts(sample, '#energy td')).toContain('ran to their end, but with an energy that could not be used');
});

test('energy that no trial is charged for is told as such, in no total', () => {
  expect(texts(sample, '#energy td')).toContain('cpu charged to no trial, in no total');
});

test('carbon stands beside its source, or one line says how to get it', () => {
  const ember = 'Electricity data: Ember (CC BY 4.0)';
  expect(texts(sample, '#summary .note').join(' ')).toContain(ember);
  expect(texts(sample, '#energy p').join(' ')).toContain(ember);
  expect(texts(sample, '#summary .tile.energy')[0]).toMatch(/≥\s[\d.]+\s(?:m|k)?g\sCO2e/);
  const { carbon: _, ...campaign } = sampleReportInput().campaign;
  const without = page({ ...sampleReportInput(), campaign });
  expect(without).not.toContain('CO2e');
  expect(texts(without, '#energy .note')).toContainEqual(
    'No carbon figures: the campaign names no place. carbon: {region: DEU} in its file, or carbon: {grams-per-kwh: 344} with a figure of your own, gives them.',
  );
});

test('a sensor’s behaviour is told where the agent has told it', () => {
  const heads = texts(sample, '#hardware th');
  for (const head of ['updates every', '± in 1 s', '± in 5 s', '± in 30 s', '± gain']) expect(heads).toContain(head);
  expect(texts(sample, '#hardware td')).toEqual(
    expect.arrayContaining(['100.2 ms', '3.1 %', '0.8 %', '0.2 %', '1.7 %', '−1.3 %']),
  );
  const agents = sampleReportInput().agents.slice(1);
  expect(texts(page({ ...sampleReportInput(), agents }), '#hardware th')).not.toContain('updates every');
});
