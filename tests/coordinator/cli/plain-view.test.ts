import { expect, test } from 'vitest';

import type { CampaignSnapshot } from '../../../coordinator/campaign/snapshot.js';
import { openPlainView } from '../../../coordinator/cli/plain-view.js';
import { STORY_SECONDS, storyAt, storyCampaign } from '../../support/campaign-story.js';
import { recordedStream } from './recorded-stream.js';

/** The lines of a view that looks every half second. */
function linesOf(
  from: number,
  to: number,
  change: (snapshot: CampaignSnapshot) => CampaignSnapshot = (same) => same,
): string[] {
  const stream = recordedStream();
  const view = openPlainView(stream);
  for (let seconds = from; seconds <= to; seconds += 0.5) view.update(change(storyAt(seconds)));
  return stream.lines();
}

test('each change of state is one line', () => {
  expect(linesOf(0, 14).filter((line) => /^\d/.test(line))).toEqual([
    '00:00:00  campaign quickstart (c-7f3a) opened, 18 trials planned: minimize loss (nats), minimize train_energy (J), minimize energy_per_token (J/token)',
    '00:00:01  agent desk joined: AMD EPYC 7543; energy of cpu by model',
    '00:00:02  trial 1 started on desk (AMD EPYC 7543 / tfjs-wasm): learning_rate=0.000193 heads=2 head_width=16 layers=2 activation=gelu',
    '00:00:02  proposer: scrambled Sobol start (0 of 6)',
    '00:00:13  trial 1 completed after 11 s: loss 5.175 nats, train_energy 112 J (model), energy_per_token 280 µJ/token (model)',
    '00:00:13  front of AMD EPYC 7543 / tfjs-wasm, energy by model: trial 1, hypervolume 1235 nats·J·J/token',
    '00:00:13  proposer: scrambled Sobol start (1 of 6)',
    '00:00:13  trial 2 started on desk (AMD EPYC 7543 / tfjs-wasm): learning_rate=0.000373 heads=3 head_width=32 layers=3 activation=relu',
  ]);
});

test('a failure, a lost trial and the end say why', () => {
  const lines = linesOf(0, STORY_SECONDS);
  expect(lines).toContain(
    '00:00:39  trial 4 failed after 7.0 s (energy 2.17 kJ counter in 1 attempt): out-of-memory: the model needs 3.1 GB of the 2.0 GB that WebAssembly can address',
  );
  expect(lines.filter((line) => line.includes('did not finish'))).toEqual([
    '00:01:50  trial 18 did not finish on gpu-box after 7.5 s (energy at least 2.48 kJ counter); it is queued again',
  ]);
  expect(lines.at(-1)).toBe(
    '00:01:59  no more trials: budget: 18 trials; search energy at least 22.9 kJ counter and 1.58 kJ model',
  );
});

test('the machine is described below its agent', () => {
  const lines = linesOf(0, 1);
  expect(lines).toContain('            Backend    tfjs-wasm: @tensorflow/tfjs-node-gpu is not installed');
});

test('later agents are one line each', () => {
  const stream = recordedStream();
  const view = openPlainView(stream);
  const snapshot = storyAt(20);
  const agents = Array.from({ length: 50 }, (_, i) => ({
    ...snapshot.agents[0]!,
    id: `a-${i}` as never,
    name: `n${i}`,
  }));
  view.update({ ...snapshot, agents });
  expect(stream.lines().filter((line) => line.includes('joined'))).toHaveLength(50);
  expect(stream.lines().filter((line) => line.includes('Backend'))).toHaveLength(4);
});

test('names that steer a terminal are made visible, and no line holds a control character', () => {
  const evil = '\u001b]0;pwned\u0007\u001b[2J\nfaked line\u202e';
  const change = (snapshot: CampaignSnapshot): CampaignSnapshot => ({
    ...snapshot,
    campaign: { ...storyCampaign, name: evil },
    agents: snapshot.agents.map((agent) => ({ ...agent, name: evil, machine: { ...agent.machine, hostName: evil } })),
    running: snapshot.running.map((view) => ({ ...view, agentName: evil })),
    results: snapshot.results.map((result) => ({
      ...result,
      trial: { ...result.trial, failure: { kind: 'unknown', reason: evil, message: evil, signature: '' } },
    })),
  });
  const lines = linesOf(0, STORY_SECONDS, change);
  expect(lines.join('\n')).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
  expect(lines.filter((line) => line.startsWith('faked'))).toEqual([]);
  expect(lines[0]).toContain('\\x1b]0;pwned\\x07\\x1b[2J\\nfaked line\\u{202e}');
});

test('a missing value is unknown with its reason, never 0', () => {
  const change = (snapshot: CampaignSnapshot): CampaignSnapshot => ({
    ...snapshot,
    results: snapshot.results.map((result) => ({
      ...result,
      objectives: { loss: 3 },
      missing: { train_energy: 'counter-reset' },
      energies: {},
    })),
  });
  expect(linesOf(0, 14, change).join('\n')).toContain(
    'loss 3 nats, train_energy unknown (counter-reset), energy_per_token unknown',
  );
});

test('notes carry the time; the end is the last screen without colour', () => {
  const stream = recordedStream();
  const view = openPlainView(stream);
  view.note('starting');
  view.update(storyAt(STORY_SECONDS));
  view.note('writing the report');
  view.close({ snapshot: storyAt(STORY_SECONDS), reports: ['/r/report.html'], next: [] });
  expect(stream.lines()[0]).toBe('00:00:00  starting');
  expect(stream.lines()).toContain('00:01:59  writing the report');
  expect(stream.lines()).toContain('Report  /r/report.html');
  expect(stream.lines().join('')).not.toContain('\u001b');
});
