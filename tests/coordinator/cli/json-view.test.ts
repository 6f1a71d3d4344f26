import { expect, test } from 'vitest';
import { z } from 'zod';

import type { CampaignFinal } from '../../../coordinator/cli/campaign-view.js';
import { JSON_LINES_SCHEMA, type JsonLine } from '../../../coordinator/cli/json-line.js';
import { openJsonView } from '../../../coordinator/cli/json-view.js';
import { PROVENANCES } from '../../../shared/domain/measurement.js';
import { STORY_SECONDS, storyAt, storyCampaign } from '../../support/campaign-story.js';
import { stoppedStory } from '../../support/stopped-story.js';
import { recordedStream, type RecordedStream } from './recorded-stream.js';

const number = z.number().nullable();
const joules = z.partialRecord(z.enum(PROVENANCES), z.number());
const envelope = {
  schema: z.literal(JSON_LINES_SCHEMA),
  campaign: z.string().nullable(),
  activeSeconds: z.number(),
};
const counts = { finished: z.int(), planned: z.int().nullable() };
const trial = {
  trial: z.string(),
  index: z.int().positive(),
  attempts: z.int().positive(),
  replicate: z.int().nonnegative(),
  configuration: z.record(z.string(), z.union([z.number(), z.string(), z.boolean()])),
};
const running = {
  ...trial,
  agentName: z.string(),
  hardwareClass: z.string(),
  phase: z.string(),
  elapsedSeconds: z.number(),
  step: number,
  fraction: number,
  metrics: z.record(z.string(), number),
  joules,
};
const FINAL_STATES = ['completed', 'stopped-early', 'failed', 'unpaired', 'cancelled'] as const;
const saved = { provenance: z.enum(PROVENANCES), value: z.number(), standard: z.number() };
const result = {
  ...trial,
  state: z.enum(FINAL_STATES),
  hardwareClass: z.string().nullable(),
  durationSeconds: number,
  objectives: z.array(
    z.strictObject({
      name: z.string(),
      unit: z.string(),
      value: number,
      standardUncertainty: z.number().positive().optional(),
      provenance: z.enum(PROVENANCES).optional(),
      repeats: z
        .strictObject({ count: z.number(), unusable: z.number(), relativeHalfWidth: z.number().positive() })
        .optional(),
      reason: z.string().optional(),
    }),
  ),
  metrics: z.record(z.string(), number),
  sealed: z.record(z.string(), number).optional(),
  failure: z.strictObject({ kind: z.string(), reason: z.string(), message: z.string() }).optional(),
  stopped: z
    .strictObject({
      ...{ fraction: z.number(), chance: z.number(), curves: z.number() },
      finals: z.array(z.strictObject({ name: z.string(), value: z.number(), low: z.number(), high: z.number() })),
      joules: z.strictObject({ value: z.number(), standard: z.number() }).optional(),
      savedJoules: z.strictObject(saved).optional(),
    })
    .optional(),
};
const front = {
  hardwareClass: z.string(),
  energyBy: z.array(z.enum(PROVENANCES)),
  hypervolume: number,
  trials: z.array(z.strictObject(result)),
};
const agentChange = { agentName: z.string() };
const line = <Shape extends z.ZodRawShape>(event: string, shape: Shape) =>
  z.strictObject({ event: z.literal(event), ...envelope, ...shape });

/** The schema as documented in `json-line.ts`; strict, so that a field that is written without being documented fails. */
const lineSchema = z.discriminatedUnion('event', [
  line('campaign-opened', {
    name: z.string(),
    seed: z.number(),
    objectives: z.array(
      z.strictObject({ name: z.string(), goal: z.string(), unit: z.string(), from: z.enum(['metric', 'energy']) }),
    ),
    ...counts,
  }),
  line('agent-joined', {
    agent: z.strictObject({
      name: z.string(),
      hostName: z.string(),
      cpuModel: z.string(),
      cores: z.number(),
      memoryBytes: z.number(),
      devices: z.array(z.looseObject({ id: z.string() })),
      sensors: z.array(z.looseObject({ source: z.string(), available: z.boolean(), detail: z.string() })),
      backend: z.strictObject({ name: z.string(), reason: z.string(), gpuAdvice: z.string().optional() }),
      slots: z.number(),
    }),
  }),
  line('agent-left', agentChange),
  line('agent-readmitted', agentChange),
  line('agent-unfit', { ...agentChange, reason: z.string() }),
  line('agent-quarantined', { ...agentChange, reason: z.string() }),
  line('trial-started', running),
  line('trial-reported', running),
  line('trial-returned', {
    ...running,
    joulesAreLowerBound: z.boolean(),
    failure: z.strictObject({ kind: z.string(), reason: z.string(), message: z.string() }).optional(),
    measuredAgainBecause: z.string().optional(),
  }),
  ...FINAL_STATES.map((state) => line(`trial-${state}`, { ...result, ...counts, state: z.literal(state) })),
  line('front-changed', front),
  line('method-changed', { method: z.string() }),
  line('budget-reached', { reason: z.string() }),
  line('note', { message: z.string() }),
  ...['campaign-closed', 'campaign-left'].map((event) =>
    line(event, {
      reason: z.string().nullable(),
      fronts: z.array(z.strictObject(front)),
      searchEnergyJoules: joules,
      searchEnergyIsLowerBound: z.boolean(),
      searchCarbon: z
        .strictObject({ grams: joules, gramsPerKilowattHour: z.number(), label: z.string(), attribution: z.string() })
        .optional(),
      savedJoules: z.array(z.strictObject({ ...saved, trials: z.number() })),
      measuredAgain: z.array(
        z.strictObject({ trial: z.string(), index: z.number(), attempt: z.number(), reason: z.string() }),
      ),
      reports: z.array(z.string()),
      next: z.array(z.strictObject({ command: z.string(), purpose: z.string() })),
      ...counts,
    }),
  ),
]);

const sealed: NonNullable<CampaignFinal['sealed']> = new Map(
  storyAt(STORY_SECONDS).results.map(({ trial }) => [trial.id, { test_loss: 4.25 }]),
);
const next = [{ command: 'ecopt run x.yaml', purpose: 'again' }];

function told(from: number, to: number): RecordedStream {
  const stream = recordedStream();
  const view = openJsonView(stream);
  view.note('starting');
  for (let seconds = from; seconds <= to; seconds += 0.5) view.update(storyAt(seconds));
  view.close({ snapshot: storyAt(to), reports: ['/r/report.html'], next, sealed });
  return stream;
}

const parsed = (stream: RecordedStream): JsonLine[] => stream.lines().map((text) => JSON.parse(text) as JsonLine);

test('a trial that was stopped early says when, why and what that saved; the end sums it up', () => {
  const stream = recordedStream();
  const view = openJsonView(stream);
  const before = storyAt(0);
  view.update(before);
  const snapshot = { ...before, ...stoppedStory() };
  view.update(snapshot);
  view.close({ snapshot, reports: [], next: [] });
  const lines = parsed(stream);
  for (const one of lines) expect(lineSchema.safeParse(one).error, JSON.stringify(one)).toBeUndefined();
  expect(lines).toContainEqual(
    expect.objectContaining({
      event: 'trial-stopped-early',
      objectives: expect.arrayContaining([expect.objectContaining({ name: 'loss', value: null })]),
      stopped: expect.objectContaining({ fraction: 0.41, chance: 0.012, curves: 14 }),
    }),
  );
  const last = lines.at(-1)!;
  expect('savedJoules' in last && last.savedJoules).toEqual([
    { provenance: 'model', value: 140, standard: 20, trials: 1 },
  ]);
});

test('every line of a whole campaign is one object of the documented schema', () => {
  const lines = parsed(told(0, STORY_SECONDS));
  for (const one of lines) expect(lineSchema.safeParse(one).error, JSON.stringify(one)).toBeUndefined();
  expect(new Set(lines.map(({ event }) => event))).toEqual(
    new Set([
      ...['note', 'campaign-opened', 'agent-joined', 'agent-left', 'trial-started', 'trial-reported', 'trial-returned'],
      ...['trial-completed', 'trial-failed', 'front-changed', 'method-changed', 'budget-reached', 'campaign-closed'],
    ]),
  );
});

test('each line is written whole', () => {
  for (const text of told(0, 40).writes) expect(text).toMatch(/^[^\n]*\n$/);
});

test('the last line of a closed campaign has the front, its sealed metrics, the energy and the reports', () => {
  const last = parsed(told(0, STORY_SECONDS)).at(-1);
  expect(last).toMatchObject({
    event: 'campaign-closed',
    reason: 'budget: 18 trials',
    finished: 18,
    searchEnergyJoules: { counter: 22_940, model: 1582 },
    searchEnergyIsLowerBound: true,
    reports: ['/r/report.html'],
    next,
  });
  expect(JSON.stringify(last)).toContain('"sealed":{"test_loss":4.25}');
});

test('a campaign that is left open shows no sealed metric, even when it is handed in', () => {
  const text = told(0, 70).writes.join('');
  expect(text).toContain('"event":"campaign-left"');
  expect(text).not.toContain('test_loss');
});

test('a sealed metric that slips into the reported ones is not passed on', () => {
  const stream = recordedStream();
  const view = openJsonView(stream);
  const snapshot = storyAt(60);
  view.update({
    ...snapshot,
    running: snapshot.running.map((one) => ({ ...one, metrics: { ...one.metrics, test_loss: 1 } })),
  });
  expect(stream.writes.join('')).not.toContain('test_loss');
});

test('numbers that are unknown are null and say why', () => {
  const stream = recordedStream();
  const view = openJsonView(stream);
  const before = storyAt(12);
  const after = storyAt(14);
  view.update(before);
  view.update({
    ...after,
    results: after.results.map((one) => ({
      ...one,
      objectives: { loss: Number.NaN },
      missing: { train_energy: 'counter-reset' },
      energies: {},
    })),
  });
  const completed = parsed(stream).find(({ event }) => event === 'trial-completed');
  expect(completed).toMatchObject({
    objectives: [
      { name: 'loss', value: null },
      { name: 'train_energy', value: null, reason: 'counter-reset' },
      { name: 'energy_per_token', value: null },
    ],
  });
});

test('an attempt whose energy could not be used says why, and the end lists all of them', () => {
  const before = storyAt(40);
  const [running] = before.running;
  const { id, index, attempts } = running!.trial;
  const measuredAgain = [{ trial: id, index, attempt: attempts, reason: 'train_energy: GPU-1: contaminated' }];
  const after = { ...before, running: before.running.slice(1), measuredAgain };
  const stream = recordedStream();
  const view = openJsonView(stream);
  view.update(before);
  view.update(after);
  view.close({ snapshot: after, reports: [], next: [] });
  const lines = parsed(stream);
  for (const one of lines) expect(lineSchema.safeParse(one).error, JSON.stringify(one)).toBeUndefined();
  expect(lines.filter(({ event }) => event === 'trial-returned')).toMatchObject([
    { index, measuredAgainBecause: 'train_energy: GPU-1: contaminated' },
  ]);
  expect(lines.at(-1)).toMatchObject({ event: 'campaign-left', measuredAgain });
});

test('grams are keyed like joules, and repeats stand beside their value', () => {
  const repeats = { count: 12, unusable: 1, relativeHalfWidth: 0.018 };
  const story = storyAt(STORY_SECONDS, { ...storyCampaign, carbon: { kind: 'stated', gramsPerKilowattHour: 360 } });
  const results = story.results.map((one) => {
    const energy = one.energies['energy_per_token'];
    return energy?.kind === 'usable' ? { ...one, energies: { energy_per_token: { ...energy, repeats } } } : one;
  });
  const stream = recordedStream();
  const view = openJsonView(stream);
  const snapshot = { ...story, results, fronts: story.fronts.map((one) => ({ ...one, results: results.slice(0, 1) })) };
  view.close({ snapshot, reports: [], next: [] });
  const [last] = parsed(stream);
  expect(lineSchema.safeParse(last).error).toBeUndefined();
  expect(last).toMatchObject({
    searchCarbon: {
      grams: { counter: 2.294, model: 0.1582 },
      gramsPerKilowattHour: 360,
      label: '360 g CO2e/kWh as stated',
    },
    fronts: [{ trials: [{ objectives: [{}, {}, { name: 'energy_per_token', repeats }] }] }, {}],
  });
});
