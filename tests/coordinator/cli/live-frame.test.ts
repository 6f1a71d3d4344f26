import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import type { CampaignSnapshot } from '../../../coordinator/campaign/snapshot.js';
import { liveFrame } from '../../../coordinator/cli/live-frame.js';
import { textWidth } from '../../../shared/runtime/terminal-text.js';
import { STORY_SECONDS, storyAt, storyCampaign } from '../../support/campaign-story.js';

const frame = (snapshot: CampaignSnapshot, width = 80, height = 23): string[] =>
  liveFrame(snapshot, { width, height, color: false, ageSeconds: 0 });

const UGLY = '猫\u001b[31m\n🚀 a name that goes on and on and on and on and on';
const ugly = (snapshot: CampaignSnapshot): CampaignSnapshot => ({
  ...snapshot,
  campaign: {
    ...storyCampaign,
    name: UGLY,
    objectives: storyCampaign.objectives.map((one) => ({ ...one, unit: '猫/🚀' })),
  },
  proposerMethod: UGLY,
  agents: snapshot.agents.map((agent) => ({ ...agent, name: UGLY, quarantined: UGLY })),
  running: snapshot.running.map((view) => ({ ...view, agentName: UGLY, metrics: { [UGLY]: Number.NaN } })),
});

test('no frame is wider or higher than asked for, in colour or not', () => {
  const input = fc.record({
    seconds: fc.double({ min: 0, max: STORY_SECONDS, noNaN: true }),
    width: fc.integer({ min: 20, max: 200 }),
    height: fc.integer({ min: 0, max: 60 }),
    color: fc.boolean(),
    names: fc.constantFrom(ugly, (same: CampaignSnapshot) => same),
  });
  fc.assert(
    fc.property(input, ({ seconds, width, height, color, names }) => {
      const lines = liveFrame(names(storyAt(seconds)), { width, height, color, ageSeconds: 1 });
      expect(lines.length).toBeLessThanOrEqual(height);
      for (const line of lines) {
        const text = stripVTControlCharacters(line);
        expect(textWidth(text)).toBeLessThanOrEqual(width);
        expect(line).not.toContain('\u001b[31m\\n');
        expect(text).not.toMatch(/[\u0000-\u001f]/);
      }
    }),
    { numRuns: 300 },
  );
});

test('80 x 24 shows everything once', () => {
  expect(frame(storyAt(29))).toEqual([
    'quickstart  c-7f3a  running',
    '█▊··············  11 %  2/18 trials, 29 s',
    'Energy    364 J model for all attempts',
    'Agents    1 connected, 1 of 1 slot busy',
    '  desk  1/1  AMD EPYC 7543; energy of cpu by model',
    'Proposer  scrambled Sobol start (2 of 6)',
    '',
    'Running 1  2 queued',
    '  #3  █·······  12 %  step 37  validation_loss 5.337  2.0 s  28 J model  desk',
    '',
    'Front of AMD EPYC 7543 / tfjs-wasm, energy by model  2 trials  hypervolume 2469…',
    '  trial   loss  train_energy  energy_per_token  learning_r…  heads  head…  laye…',
    '          nats      J, model   µJ/token, model',
    '      2  4.901           140               350     0.000373      3     32      3',
    '      1  5.175           112               280     0.000193      2     16      2',
    '',
    'Finished 2',
    '  trial        loss  train_energy    energy_per_token  time',
    '      2  4.901 nats   140 J model  350 µJ/token model  13 s',
    '      1  5.175 nats   112 J model  280 µJ/token model  11 s',
  ]);
});

test('60 x 20 keeps figures whole and has each section', () => {
  expect(frame(storyAt(70), 60, 19)).toEqual([
    'quickstart  c-7f3a  running',
    '██████▋·····  55 %  10/18 trials, 1 min 10 s',
    'Energy    11.2 kJ counter and 910 J model for all attempts',
    'Agents    2 connected, 2 of 2 slots busy',
    'Proposer  noisy expected hypervolume improvement on 10 obse…',
    'Running 2  2 queued',
    '  #11  ██▋·····  validation_loss 4.900  3.0 s  930 J counter',
    '  #12            preparing              0.0 s  unknown',
    'Front of AMD EPYC 7543 / tfjs-wasm, energy by model  2 tria…',
    '  trial   loss  train_energy  energy_per_token  learning_ra…',
    '          nats      J, model   µJ/token, model',
    '      2  4.901           140             350.0      0.000373',
    'Front of NVIDIA H200 x1 @700 W / command, energy by counter…',
    '  trial   loss   train_energy   energy_per_token  learning_…',
    '          nats    kJ, counter  mJ/token, counter',
    '      9  4.456  2.170 ± 0.044        5.42 ± 0.11    0.000373',
    'Finished 10  1 failed',
    '  trial        loss     train_energy       energy_per_token',
    '     10  4.937 nats       84 J model     210 µJ/token model',
  ]);
});

test('120 columns show agents, configurations and failures', () => {
  const text = frame(storyAt(70), 120, 50);
  expect(text).toContain('  gpu-box  1/1  Intel Xeon Platinum 8480C + NVIDIA H200; energy of accelerator by counter');
  expect(text).toContain('      4  out-of-memory: the model needs 3.1 GB of the 2.0 GB that WebAssembly can address');
  expect(text).toContain(
    '  #11  ██▋·····  33 %  step 100  validation_loss 4.900  3.0 s  930 J counter  gpu-box  train_loss 4.833',
  );
  expect(text.find((line) => line.startsWith('      5  4.912 nats'))).toBe(
    '      5  4.912 nats       84 J model     210 µJ/token model  9.0 s  learning_rate=0.00268 heads=2 head_width=32 layers=…',
  );
});

describe('the shorter the terminal', () => {
  const sections = (height: number): string[] =>
    frame(storyAt(70), 80, height)
      .map((line) => line.split(' ')[0]!)
      .filter((word) => /^[A-Z█]/.test(word));

  test('the fewer sections, the most important last', () => {
    expect(frame(storyAt(70), 80, 1)[0]).toContain('10/18 trials');
    expect(sections(3).map((word) => word.replace(/█.*/, 'bar'))).toEqual(['bar', 'Energy']);
    expect(sections(5)).toContain('Running');
    expect(sections(5)).not.toContain('Front');
    expect(sections(30)).toEqual(
      expect.arrayContaining(['Energy', 'Agents', 'Proposer', 'Running', 'Front', 'Finished']),
    );
  });

  test('nothing is drawn where there is no room', () => {
    expect(frame(storyAt(70), 80, 0)).toEqual([]);
  });
});

test('every energy keeps its provenance at any width from 60 on', () => {
  for (let width = 60; width <= 200; width += 1) {
    for (const seconds of [16, 70, 112]) {
      const text = frame(storyAt(seconds), width, 60).join('\n');
      for (const [figure] of text.matchAll(/\d ([kMmµ]?J)(\/token)? (?!\[)\S*/g)) {
        expect(figure).toMatch(/ (model|counter)$/);
      }
    }
  }
});

test('an energy that is a lower bound says so', () => {
  expect(frame(storyAt(112)).join('\n')).toMatch(/^Energy {4}at least /m);
  expect(frame(storyAt(70)).join('\n')).not.toContain('at least');
});

test('before anything was spent nothing is claimed; what is unknown is unknown', () => {
  expect(frame(storyAt(1)).join('\n')).toContain('nothing spent yet');
  const unmetered = { ...storyAt(70), searchEnergy: {} };
  expect(frame(unmetered).join('\n')).toContain('Energy    unknown for all attempts');
});

test('a campaign that waits says for what', () => {
  expect(frame(storyAt(0))[0]).toContain('waiting for an agent');
  const unfit = {
    ...storyAt(20),
    agents: storyAt(20).agents.map((agent) => ({ ...agent, slots: 0, unfit: 'needs a GPU' })),
  };
  expect(frame(unfit)[0]).toContain('waiting for an agent that can take a trial');
  expect(frame(unfit).join('\n')).toContain('can take no trial: needs a GPU');
});

test('a program that does not say how far it is has no bar', () => {
  const snapshot = storyAt(20);
  const running = snapshot.running.map(({ fraction: _, ...view }) => view);
  expect(frame({ ...snapshot, running }).join('\n')).toMatch(/^ {2}#2 {2}step /m);
});

test('a diverged loss is shown as what it is', () => {
  const snapshot = storyAt(20);
  const running = snapshot.running.map((view) => ({ ...view, metrics: { validation_loss: Number.NaN } }));
  expect(frame({ ...snapshot, running }).join('\n')).toContain('validation_loss NaN');
});

test('a sealed metric that slips in is not shown', () => {
  const snapshot = storyAt(20);
  const running = snapshot.running.map((view) => ({ ...view, metrics: { test_loss: 1.5 } }));
  expect(frame({ ...snapshot, running }, 200, 60).join('\n')).not.toContain('test_loss');
});

test('other limits of the budget are named, and the bar follows the tightest', () => {
  const campaign = { ...storyCampaign, budget: { ...storyCampaign.budget, hours: 0.02, energyJoules: 50_000 } };
  const line = frame({ ...storyAt(60), campaign }, 120)[1]!;
  expect(line).toContain(' 83 %');
  expect(line).toContain('limit 1 min 12 s, limit 50 kJ');
});

test('a campaign without a trial budget has no bar to fill', () => {
  const { planned: _, ...snapshot } = storyAt(70);
  expect(frame(snapshot)[1]).toBe('10 trials finished, 1 min 10 s');
});

test('thousands of trials and agents are drawn without laying all of them out', () => {
  const snapshot = storyAt(70);
  const many = {
    ...snapshot,
    results: Array.from({ length: 10_000 }, (_, i) => snapshot.results[i % 9]!),
    agents: Array.from({ length: 1000 }, () => snapshot.agents[0]!),
    running: Array.from({ length: 1000 }, () => snapshot.running[0]!),
  };
  const lines = frame(many, 120, 40);
  expect(lines).toHaveLength(40);
  expect(lines.join('\n')).toContain('1000 connected, 1000 of 1000 slots busy');
});
