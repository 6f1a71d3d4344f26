import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';

import type { CampaignFinal } from '../../../coordinator/cli/campaign-view.js';
import { finalLines } from '../../../coordinator/cli/final-view.js';
import type { TrialResult } from '../../../shared/domain/trial.js';
import { textWidth } from '../../../shared/runtime/terminal-text.js';
import { STORY_SECONDS, storyAt, storyCampaign } from '../../support/campaign-story.js';

const closed = storyAt(STORY_SECONDS);
const sealed: NonNullable<CampaignFinal['sealed']> = new Map(
  closed.results.map(({ trial }) => [trial.id, { test_loss: 4.25 + trial.index / 100 }]),
);
const final: CampaignFinal = {
  snapshot: closed,
  reports: ['/home/ada/state/reports/c-7f3a/report.html', '/home/ada/state/reports/c-7f3a/report.json'],
  next: [{ command: 'ecopt run quickstart.yaml', purpose: 'search again, with a new campaign' }],
  sealed,
};
const screen = (width: number, change: Partial<CampaignFinal> = {}): string[] =>
  finalLines({ ...final, ...change }, { width, color: false });

test('the last screen at 100 columns', () => {
  expect(screen(100)).toEqual([
    '',
    'quickstart  c-7f3a  closed: budget: 18 trials',
    '',
    'Front of AMD EPYC 7543 / tfjs-wasm, energy by model: 2 trials, best loss first',
    '┌───────┬───────┬──────────────┬──────────────────┬────────────┬──────────────┬───────┬────────────┐',
    '│ trial │  loss │ train_energy │ energy_per_token │  test_loss │    learning_ │ heads │ activation │',
    '│       │  nats │     J, model │  µJ/token, model │ nats, test │         rate │       │            │',
    '├───────┼───────┼──────────────┼──────────────────┼────────────┼──────────────┼───────┼────────────┤',
    '│     2 │ 4.901 │          140 │            350.0 │      4.270 │     0.000373 │     3 │       relu │',
    '│     5 │ 4.912 │           84 │            210.0 │      4.300 │      0.00268 │     2 │       gelu │',
    '└───────┴───────┴──────────────┴──────────────────┴────────────┴──────────────┴───────┴────────────┘',
    'The same in all: head_width 32; layers 3',
    'Hypervolume 2469 nats·J·J/token within the reference loss 6 nats, train_energy 2 kJ,',
    'energy_per_token 20 mJ/token',
    '',
    'Front of NVIDIA H200 x1 @700 W / command, energy by counter: 2 trials, best loss first',
    '┌───────┬───────┬───────────────┬───────────────────┬────────────┬───────────────┬───────┬─────────┐',
    '│ trial │  loss │  train_energy │  energy_per_token │  test_loss │ learning_rate │ heads │   head_ │',
    '│       │  nats │   kJ, counter │ mJ/token, counter │ nats, test │               │       │   width │',
    '├───────┼───────┼───────────────┼───────────────────┼────────────┼───────────────┼───────┼─────────┤',
    '│    15 │ 4.329 │ 1.550 ± 0.031 │     3.875 ± 0.079 │      4.400 │      0.000193 │     4 │       8 │',
    '│    16 │ 4.728 │ 1.240 ± 0.025 │     3.100 ± 0.063 │      4.410 │      0.000373 │     1 │      16 │',
    '└───────┴───────┴───────────────┴───────────────────┴────────────┴───────────────┴───────┴─────────┘',
    'trial 15: layers 1; activation gelu',
    'trial 16: layers 2; activation relu',
    'Hypervolume 2469 nats·J·J/token within the reference loss 6 nats, train_energy 2 kJ,',
    'energy_per_token 20 mJ/token',
    '±: one standard uncertainty, the error common to all figures of a device (its gain) included.',
    'model: energy is modelled, not measured.',
    'counter: energy is read from an energy counter.',
    '',
    'Energy  at least 22.9 kJ counter and 1.58 kJ model for the whole search (19 attempts, lost and',
    '        failed ones included)',
    'Time    2 min 0 s',
    'Trials  18 finished: 17 completed, 1 failed (1 out-of-memory); 1 attempt lost or repeated',
    'Report  /home/ada/state/reports/c-7f3a/report.html',
    '        /home/ada/state/reports/c-7f3a/report.json',
    'Next    search again, with a new campaign:',
    '        ecopt run quickstart.yaml',
  ]);
});

test('the last screen at 60 columns keeps the objectives beside each other and lists the rest below', () => {
  expect(screen(60).slice(0, 32)).toEqual([
    '',
    'quickstart  c-7f3a  closed: budget: 18 trials',
    '',
    'Front of AMD EPYC 7543 / tfjs-wasm, energy by model: 2',
    'trials, best loss first',
    '┌───────┬───────┬───────────┬─────────────────┬────────────┐',
    '│ trial │  loss │    train_ │     energy_per_ │  test_loss │',
    '│       │  nats │    energy │           token │ nats, test │',
    '│       │       │  J, model │ µJ/token, model │            │',
    '├───────┼───────┼───────────┼─────────────────┼────────────┤',
    '│     2 │ 4.901 │       140 │           350.0 │      4.270 │',
    '│     5 │ 4.912 │        84 │           210.0 │      4.300 │',
    '└───────┴───────┴───────────┴─────────────────┴────────────┘',
    'trial 2: learning_rate 0.000373; heads 3; activation relu',
    'trial 5: learning_rate 0.00268; heads 2; activation gelu',
    'The same in all: head_width 32; layers 3',
    'Hypervolume 2469 nats·J·J/token within the reference loss 6',
    'nats, train_energy 2 kJ, energy_per_token 20 mJ/token',
    '',
    'Front of NVIDIA H200 x1 @700 W / command, energy by counter:',
    '2 trials, best loss first',
    '┌───────┬───────┬───────────────┬───────────────────┐',
    '│ trial │  loss │  train_energy │  energy_per_token │',
    '│       │  nats │   kJ, counter │ mJ/token, counter │',
    '├───────┼───────┼───────────────┼───────────────────┤',
    '│    15 │ 4.329 │ 1.550 ± 0.031 │     3.875 ± 0.079 │',
    '│    16 │ 4.728 │ 1.240 ± 0.025 │     3.100 ± 0.063 │',
    '└───────┴───────┴───────────────┴───────────────────┘',
    'trial 15: test_loss 4.400 nats, test; learning_rate',
    '0.000193; heads 4; head_width 8; layers 1; activation gelu',
    'trial 16: test_loss 4.410 nats, test; learning_rate',
    '0.000373; heads 1; head_width 16; layers 2; activation relu',
  ]);
});

test('no line is wider than the terminal but paths and commands, which are whole', () => {
  for (let width = 40; width <= 200; width += 1) {
    for (const color of [false, true]) {
      const copyable = [...final.reports, ...final.next.map(({ command }) => command)];
      for (const line of finalLines(final, { width, color }).map(stripVTControlCharacters)) {
        if (!copyable.some((text) => line.endsWith(text))) expect(textWidth(line), line).toBeLessThanOrEqual(width);
      }
    }
  }
  const long = `/${'very/'.repeat(40)}report.html`;
  expect(screen(60, { reports: [long] })).toContain(`Report  ${long}`);
});

test('everything in the front is shown at every width', () => {
  for (const width of [60, 80, 120, 200]) {
    const text = screen(width).join(' ').replaceAll(/\s+/g, ' ');
    for (const { results } of closed.fronts) {
      for (const { trial } of results) expect(text).toContain(String(trial.configuration['learning_rate']));
    }
    expect(text).toContain('test_loss');
  }
});

test('sealed metrics are shown for the front of a closed campaign alone', () => {
  expect(screen(140).join('\n')).toContain('test_loss');
  expect(screen(140, { snapshot: storyAt(70) }).join('\n')).not.toContain('test_loss');
});

test('a campaign that is not finished says that it goes on', () => {
  const lines = screen(100, { snapshot: storyAt(70) });
  expect(lines[1]).toBe('quickstart  c-7f3a  not finished: it goes on where it was left');
  expect(lines).toContain('Trials  10 finished: 9 completed, 1 failed (1 out-of-memory); 4 not finished');
});

test('without any completed trial there is no front, and that is said', () => {
  const lines = screen(80, { snapshot: storyAt(5) });
  expect(lines).toContain('No trial was completed: there is no front.');
});

test('search energy that nobody metered is unknown', () => {
  const lines = screen(100, { snapshot: { ...closed, searchEnergy: {} } });
  expect(lines.join('\n')).toContain('Energy  unknown for the whole search');
});

test('comparing hardware on energy that was not measured is said to be no evidence', () => {
  const campaign = { ...storyCampaign, hardware: { ...storyCampaign.hardware, policy: 'compare' as const } };
  expect(screen(120, { snapshot: { ...closed, campaign } }).join('\n')).toContain('is not evidence');
  expect(screen(200, { snapshot: { ...closed, campaign } }).join('\n')).toContain(
    'in the report under “Across hardware classes”',
  );
  expect(screen(120).join('\n')).not.toContain('is not evidence');
});

test('a missing objective is unknown in the table', () => {
  const [front] = closed.fronts as [(typeof closed.fronts)[number]];
  const results = front.results.map((result) => ({ ...result, objectives: { loss: 3 }, energies: {} }));
  const lines = screen(120, { snapshot: { ...closed, fronts: [{ ...front, results }] } });
  expect(lines.filter((line) => /^│ +\d+ │ +3 │ +unknown │ +unknown │/.test(line))).toHaveLength(results.length);
});

test('names that steer a terminal are made visible', () => {
  const campaign = { ...storyCampaign, name: 'a\u001b[2Jb' };
  const text = screen(100, {
    snapshot: { ...closed, campaign, closeReason: 'x\ny' },
    reports: ['/tmp/\u001b]0;t\u0007'],
  }).join('\n');
  expect(text).toContain('a\\x1b[2Jb');
  expect(text).toContain('closed: x\\ny');
  expect(text).toContain('/tmp/\\x1b]0;t\\x07');
});

test('carbon is one line with its source, each provenance by itself, and absent without a place', () => {
  expect(screen(100).join('\n')).not.toContain('CO2');
  const carbon = { kind: 'stated', gramsPerKilowattHour: 360 } as const;
  const text = screen(200, { snapshot: storyAt(STORY_SECONDS, { ...storyCampaign, carbon }) });
  expect(text).toContain(
    'Carbon  at least 2.29 g CO2e counter and 158 mg CO2e model (360 g CO2e/kWh as stated). Carbon intensity: 360 g CO2e/kWh, as stated',
  );
});

test('what was measured again is said with its reason, and only the first few of many', () => {
  const again = (index: number) => ({
    ...{ trial: closed.results[0]!.trial.id, index, attempt: 1, reason: 'train_energy: contaminated' },
  });
  const one = screen(100, { snapshot: { ...closed, measuredAgain: [again(4)] } });
  expect(one).toContain('Again   trial 4 was measured again after attempt 1: train_energy: contaminated');
  const many = screen(100, { snapshot: { ...closed, measuredAgain: [1, 2, 3, 4, 5].map(again) } }).join('\n');
  expect(many).toContain('trial 3 was measured again');
  expect(many).not.toContain('trial 4 was measured again');
  expect(many).toContain('        and 2 attempts more');
});

test('repeats are told with the worst of their intervals', () => {
  const counts = [12, 18];
  const fronts = closed.fronts.map((front) => ({
    ...front,
    results: front.results.map((result, at) => {
      const energy = result.energies['energy_per_token'];
      if (energy?.kind !== 'usable') return result;
      const repeats = { count: counts[at] ?? 12, unusable: 0, relativeHalfWidth: 0.01 + at / 1000 };
      return { ...result, energies: { ...result.energies, energy_per_token: { ...energy, repeats } } };
    }),
  }));
  expect(screen(120, { snapshot: { ...closed, fronts } })).toContain(
    'energy_per_token: 12 to 18 repeats, 95 % interval within ± 1.1 %, without what is common to a device.',
  );
});

test('energies that are not told apart are said to be, and parameters that all trials share are named once', () => {
  const [, front] = closed.fronts;
  const [first, second] = front!.results;
  const energy = first!.energies['train_energy']!;
  const tied = {
    ...second!,
    trial: { ...second!.trial, configuration: { ...first!.trial.configuration, heads: 3 } },
    objectives: { ...second!.objectives, train_energy: first!.objectives['train_energy']! - 12 },
    energies: { ...second!.energies, train_energy: energy },
  };
  const fronts = (results: TrialResult[]) => [{ ...front!, results }];
  const text = screen(200, { snapshot: { ...closed, fronts: fronts([first!, tied]) } }).join('\n');
  expect(text).toContain('train_energy: 16 ≈ 15. ≈: not told apart');
  expect(text).toContain('The same in all: learning_rate 0.000193; head_width 8; layers 1; activation gelu');
  const apart = { ...tied, objectives: { ...tied.objectives, train_energy: 1000 } };
  expect(screen(200, { snapshot: { ...closed, fronts: fronts([first!, apart]) } }).join('\n')).not.toContain('≈');
});

test('where the energy of the search went is told beside its total, with what remains uncertain of it', () => {
  const uncertainty = { edgeJoules: 1, samplingJoules: 0, gapJoules: 0, gainJoules: 30 };
  const device = {
    kind: 'usable',
    device: 'cpu',
    part: 'cpu',
    source: 'x',
    provenance: 'model',
    microjoules: 100_000_000n,
  };
  const window = { kind: 'train', label: '', ordinal: 1, startNanoseconds: 0n, endNanoseconds: 9n };
  const [first] = closed.results;
  const observation = {
    ...first!.observation!,
    windows: [{ ...window, devices: [{ ...device, meanWatts: 1, events: [], uncertainty } as never] }],
    energy: [{ device: 'cpu' as never, part: 'cpu', provenance: 'model', microjoules: 150_000_000n } as const],
  };
  const snapshot = { ...closed, results: [{ ...first!, observation }], searchEnergy: { model: 175 } };
  const text = screen(100, { snapshot }).join(' ').replaceAll(/\s+/g, ' ');
  expect(text).toContain(
    'model: 100 J in windows of objectives, 50 J in the rest of these trials, 25 J in attempts without a result, ± 30 % by the gain of the sensors',
  );
  const none = screen(100, { snapshot: { ...snapshot, searchEnergy: { model: 150 + 1e-13 } } });
  expect(none.join(' ').replaceAll(/\s+/g, ' ')).toContain('50 J in the rest of these trials, ± 30 % by the gain');
});
