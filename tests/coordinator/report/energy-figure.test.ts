/** What a report tells of the reading behind a figure: its parts, what lies above idle, repeats and carbon. */

import { expect, test } from 'vitest';
import { buildReport } from '../../../coordinator/report/build-report.js';
import { renderCsv } from '../../../coordinator/report/render-csv.js';
import type { EnergyFigure, ReportData } from '../../../coordinator/report/report-data.js';
import type { ReportInput } from '../../../coordinator/report/report-input.js';
import type { Observation } from '../../../shared/domain/trial.js';
import { objectiveValues } from '../../../shared/domain/objective-values.js';
import { sampleReportInput } from '../../support/sample-results.js';

const GPU = 'GPU-5a1c9e3f-8d27-4c6b-9b41-0f2e7d6a1c55';
/** On the card that is measured. */
const MEASURED = 7;
/** On the processor, modelled. */
const MODELLED = 3;

const data = buildReport(sampleReportInput());

function figure(of: ReportData, index: number, objective: string): EnergyFigure {
  const trial = of.trials.find((facts) => facts.index === index)!;
  return trial.energies.find((one) => one.objective === objective)!;
}

function usable(of: ReportData, index: number, objective: string): Extract<EnergyFigure, { kind: 'usable' }> {
  const found = figure(of, index, objective);
  if (found.kind === 'unusable') throw new Error(found.reason);
  return found;
}

/** The sample with another observation in one of its trials, and values to match. */
function changed(index: number, change: (observation: Observation) => Partial<Observation>): ReportInput {
  const input = sampleReportInput();
  const results = input.results.map((result) => {
    if (result.trial.index !== index || !result.observation) return result;
    const observation = { ...result.observation, ...change(result.observation) };
    return { ...result, observation, ...objectiveValues(input.campaign, observation) };
  });
  return { ...input, results };
}

test('every metered device is told by itself, whether or not it is in the sum', () => {
  const { joules, parts, boundary } = usable(data, MEASURED, 'training energy');
  expect(boundary).toBe('accelerator');
  expect(parts.map(({ device, kind, withinBoundary }) => [device, kind, withinBoundary])).toEqual([
    [GPU, 'usable', true],
    ['cpu-package-0', 'usable', false],
    ['dram-0', 'unusable', false],
  ]);
  expect(parts[0]).toMatchObject({
    joules,
    check: { source: 'nvml power', joules: expect.closeTo(1.013 * joules, 3) as number },
    rawJoules: expect.closeTo(joules / 0.991, 3) as number,
    temperatureCelsius: { start: 41, end: 67 },
  });
  expect(parts[1]).toMatchObject({ provenance: 'shared-estimate', unattributedJoules: expect.any(Number) as number });
  expect(parts[2]).toMatchObject({ reason: 'the counter stood still' });
});

test('the parts within the boundary make up the sum, over all repeats', () => {
  for (const { energies } of data.trials) {
    for (const one of energies) {
      if (one.kind === 'unusable') continue;
      const inside = one.parts.filter(({ withinBoundary }) => withinBoundary);
      const sum = inside.reduce((all, part) => all + (part.kind === 'usable' ? part.joules : Number.NaN), 0);
      expect(sum).toBeCloseTo(one.joules, 5);
    }
  }
});

test('repeats are counted, and one without a usable figure is left out of sum and parts alike', () => {
  expect(usable(data, MEASURED, 'decode energy')).toMatchObject({ windows: 12, repeats: { count: 12, unusable: 0 } });
  const input = changed(MEASURED, ({ windows }) => ({
    windows: windows.map((window) => {
      if (window.kind !== 'infer' || window.ordinal !== 5) return window;
      const [{ device, part, source }] = window.devices as [(typeof window.devices)[number]];
      return { ...window, devices: [{ kind: 'unusable', device, part, source, reason: 'contaminated' } as const] };
    }),
  }));
  const one = usable(buildReport(input), MEASURED, 'decode energy');
  expect(one).toMatchObject({ windows: 11, repeats: { count: 11, unusable: 1 } });
  expect(one.parts[0]).toMatchObject({ kind: 'usable', joules: one.joules });
});

test('above idle stands beside the gross figure and changes no value', () => {
  const { joules, seconds, net } = usable(data, MEASURED, 'training energy');
  expect(net).toMatchObject({ kind: 'usable', idleWatts: 74, belowIdle: false });
  expect(net.kind === 'usable' && net.joules).toBeCloseTo(joules - 74 * seconds, 3);
  expect(data.trials[MEASURED - 1]!.objectives['training energy']).toMatchObject({ value: joules });
});

test('without an idle window the reason of the agent is given, else that of the campaign', () => {
  expect(usable(data, MODELLED, 'training energy').net).toEqual({
    kind: 'unusable',
    reason: 'idle window skipped: modelled energy has no idle power',
  });
  const unsaid = changed(MODELLED, () => ({ facts: {} }));
  expect(usable(buildReport(unsaid), MODELLED, 'training energy').net).toMatchObject({
    reason: 'no idle window was taken',
  });
  const { measurement } = unsaid.campaign;
  const none = { ...unsaid, campaign: { ...unsaid.campaign, measurement: { ...measurement, idleSeconds: 0 } } };
  expect(usable(buildReport(none), MODELLED, 'training energy').net).toMatchObject({
    reason: 'the campaign asks for no idle window',
  });
});

test('grams follow the joules at the campaign’s intensity, and there are none without one', () => {
  const { carbon: _, ...campaign } = sampleReportInput().campaign;
  const stated = { ...campaign, carbon: { kind: 'stated', gramsPerKilowattHour: 360 } as const };
  const given = buildReport({ ...sampleReportInput(), campaign: stated });
  const one = usable(given, MEASURED, 'training energy');
  expect(one.carbonGrams).toBeCloseTo(one.joules / 10_000, 9);
  expect(given.carbon!.search.map(({ provenance, grams }) => [provenance, grams])).toEqual(
    given.searchEnergy.totals.map(({ provenance, joules }) => [provenance, expect.closeTo(joules / 10_000, 9)]),
  );
  const absent = buildReport({ ...sampleReportInput(), campaign });
  expect(absent).not.toHaveProperty('carbon');
  expect(JSON.stringify(absent)).not.toMatch(/carbonGrams/);
});

test('the table of trials has the parts, and columns only for what some machine has', () => {
  const [head = ''] = renderCsv(data).split('\n');
  const columns = head.split(',');
  for (const column of [
    `part_joules.training energy.accelerator.${GPU}`,
    `part_check_joules.training energy.accelerator.${GPU}`,
    'part_unattributed_joules.decode energy.cpu.cpu-package-0',
    'part_unknown_because.training energy.dram.dram-0',
    'net_joules.training energy',
    'net_unknown_because.training energy',
    'repeats.decode energy',
    'carbon_grams.training energy',
    'all_attempts_unattributed_joules.cpu.shared-estimate',
    'measured_again',
  ]) {
    expect(columns).toContain(column);
  }
  expect(columns).not.toContain('repeats.training energy');
  expect(columns).not.toContain('part_check_joules.training energy.cpu.cpu');
});

test('no report holds a big integer', () => {
  expect(() => JSON.stringify(data)).not.toThrow();
});
