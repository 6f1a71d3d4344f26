/** Early stopping from reports to accounts: who is told, what is kept, and that nothing counts twice. */

import { expect, test } from 'vitest';

import type { Store } from '../../../coordinator/store/store.js';
import type { Campaign } from '../../../shared/domain/campaign.js';
import type { Grant } from '../../../shared/domain/conversation.js';
import type { AttemptEvent } from '../../../shared/domain/event.js';
import { agentId, deviceId } from '../../../shared/domain/identity.js';
import { failed, labCampaign, offered, spoil } from '../../support/lab-campaign.js';
import { ID, openLab, outcomeOf, TERM_SECONDS, type Lab, type LabAgent } from '../../support/lab.js';

const FINISHED = 10;
/** None of the lots that this seed draws for the trials below is one in ten. */
const campaign: Campaign = {
  ...labCampaign,
  seed: 2,
  objectives: labCampaign.objectives.map((objective, j) => ({ ...objective, threshold: [10, 1000][j]! })),
  budget: { trials: FINISHED + 8, counts: 'trials' },
  stopping: { chance: 0.05, grace: 0.25 },
};

/** Sequences go up over all events of this test file. */
let sequence = 100;
const keyOf = ({ trial, attempt, lease }: Grant, atMilliseconds: number) => ({
  ...{ agent: agentId('a'), trial, attempt, lease, sequence: ++sequence, wallMilliseconds: atMilliseconds },
});

const energyOf = (joules: number) => [
  { device: deviceId('cpu'), part: 'cpu', provenance: 'model', microjoules: BigInt(Math.round(1e6 * joules)) } as const,
];

/** Twenty reports to a fraction; the loss falls as a power law to `loss`, the energy rises evenly to `joules`. */
function told(grant: Grant, { loss, joules }: { loss: number; joules: number }, to = 1): AttemptEvent[] {
  return Array.from({ length: Math.round(20 * to) }, (_, i) => {
    const fraction = (i + 1) / 20;
    const at = 1000 * fraction;
    return [
      {
        ...keyOf(grant, at),
        body: { kind: 'reported', step: i, fraction, metrics: { loss: loss * fraction ** -0.3 } },
      },
      {
        ...keyOf(grant, at),
        body: { kind: 'metered', energy: energyOf(joules * fraction), elapsedSeconds: at / 1000 },
      },
    ] satisfies AttemptEvent[];
  }).flat();
}

/** Whole trials: the better their loss, the more energy they take. */
function endOf(grant: Grant, { loss, joules }: { loss: number; joules: number }): AttemptEvent {
  const event = outcomeOf(grant, 'a', { metrics: { loss }, energy: energyOf(joules) });
  if (event.body.kind !== 'observed') throw new Error('no outcome');
  const [window] = event.body.observation.windows;
  const [device] = window!.devices;
  const devices = [{ ...device!, microjoules: BigInt(Math.round(1e6 * joules)) }] as NonNullable<
    typeof window
  >['devices'];
  const observation = { ...event.body.observation, windows: [{ ...window!, devices }] };
  return { ...event, sequence: ++sequence, body: { kind: 'observed', observation } };
}

/** The front: ten trials from (1, 300 J) to (1.9, 30 J). */
async function withFront(served: Campaign = campaign): Promise<{ lab: Lab; agent: LabAgent }> {
  const lab = openLab(served);
  const agent = lab.connect('a');
  for (let i = 0; i < FINISHED; i++) {
    const grant = await offered(lab, agent);
    const values = { loss: 1 + i / 10, joules: 300 - 30 * i };
    lab.engine.ingest([...told(grant, values), endOf(grant, { ...values, loss: values.loss * (1 + 0.001 * (i % 3)) })]);
    await lab.settle();
  }
  return { lab, agent };
}

const stops = (agent: LabAgent) => agent.received.filter(({ kind }) => kind === 'stop');
const BAD = { loss: 3, joules: 290 };

/** Long enough for curves to be read and for a question to be due. */
async function runOn(
  lab: Lab,
  grant: Grant,
  { to, ...values }: { loss: number; joules: number; to: number },
): Promise<void> {
  lab.engine.ingest(told(grant, values, to));
  for (let i = 0; i < 5; i++) lab.clock.advance(1000);
  await lab.settle();
}

/** A trial that is half through, and that no front needs. */
async function hopeless(lab: Lab, agent: LabAgent): Promise<Grant> {
  const grant = await offered(lab, agent);
  await runOn(lab, grant, { ...BAD, to: 0.5 });
  return grant;
}

const stoppedOutcome = (grant: Grant): AttemptEvent => ({
  ...outcomeOf(grant, 'a', {
    end: { kind: 'stopped-early' },
    metrics: { loss: 3.7 },
    windows: [],
    energy: energyOf(150),
  }),
  sequence: ++sequence,
});

test('a hopeless trial is stopped; it is no result, no failure, and is not proposed again', async () => {
  const { lab, agent } = await withFront();
  using _ = lab;
  const before = lab.engine.snapshot(ID);
  const grant = await hopeless(lab, agent);
  expect(stops(agent)).toEqual([{ kind: 'stop', lease: grant.lease, reason: 'stopped-early' }]);
  lab.engine.ingest([stoppedOutcome(grant)]);
  const snapshot = lab.engine.snapshot(ID);
  const result = snapshot.results.at(-1)!;
  expect(result.trial.state).toBe('stopped-early');
  expect(result.objectives).toEqual({});
  expect(result.missing['loss']).toMatch(
    /^stopped early at 50 % of its work: (no chance|chance [\d.e-]+ %) to improve/,
  );
  expect(result.observation?.metrics).toEqual({ loss: 3.7 });
  expect(snapshot.fronts).toEqual(before.fronts);
  expect(snapshot.finished).toBe(FINISHED + 1);
  expect(snapshot.searchEnergy['model']).toBeCloseTo(before.searchEnergy['model']! + 150, 6);
  expect(lab.store.history(ID)).toHaveLength(FINISHED);
  const next = await offered(lab, agent);
  expect(next.configuration).not.toEqual(grant.configuration);
  expect(lab.store.prepared(ID).at(-1)!.pending).toContainEqual(grant.configuration);
});

test('what is saved is the estimate of the whole less what was spent', async () => {
  const { lab, agent } = await withFront();
  using _ = lab;
  const grant = await hopeless(lab, agent);
  lab.engine.ingest([stoppedOutcome(grant)]);
  const { saved } = lab.engine.snapshot(ID).results.at(-1)!.stopped!;
  expect(saved!.provenance).toBe('model');
  expect(Math.abs(saved!.value - (BAD.joules - 150))).toBeLessThan(3);
});

test('a promising trial goes on, and so does one within the grace', async () => {
  const { lab, agent } = await withFront();
  using _ = lab;
  const grant = await offered(lab, agent);
  await runOn(lab, grant, { loss: 0.8, joules: 290, to: 0.5 });
  expect(stops(agent)).toEqual([]);
  lab.engine.ingest([endOf(grant, { loss: 0.8, joules: 290 })]);
  const next = await offered(lab, agent);
  await runOn(lab, next, { ...BAD, to: 0.2 });
  expect(stops(agent)).toEqual([]);
});

test('without the setting nothing is stopped', async () => {
  const { stopping: __, ...whole } = campaign;
  const { lab, agent } = await withFront(whole);
  using _ = lab;
  const { trial } = await hopeless(lab, agent);
  expect(lab.store.stopDecisions(trial)).toEqual([]);
  expect(stops(agent)).toEqual([]);
});

test('the decision outlives the coordinator: the agent hears of it when it comes back', async () => {
  const { lab, agent } = await withFront();
  const grant = await hopeless(lab, agent);
  const store: Store = lab.store;
  lab[Symbol.dispose]();
  using second = openLab(campaign, store);
  const { lease, trial, attempt, slot } = grant;
  const back = second.connect('a', { held: [{ lease, trial, attempt, slot, phase: 'running' }] });
  expect(stops(back)).toEqual([{ kind: 'stop', lease, reason: 'stopped-early' }]);
  second.engine.ingest([stoppedOutcome(grant)]);
  expect(second.engine.snapshot(ID).results.at(-1)!.trial.state).toBe('stopped-early');
  expect(second.store.attempts(ID).filter((one) => one.trial === trial)).toHaveLength(1);
});

test('after a restart the curves are read again, and the next hopeless trial is stopped too', async () => {
  const { lab } = await withFront();
  const store: Store = lab.store;
  lab[Symbol.dispose]();
  using second = openLab(campaign, store);
  const agent = second.connect('a', { session: 'another process' });
  const grant = await hopeless(second, agent);
  expect(stops(agent)).toContainEqual({ kind: 'stop', lease: grant.lease, reason: 'stopped-early' });
});

test('a stopped trial whose agent is lost is over, and not run once more', async () => {
  const { lab, agent } = await withFront();
  using _ = lab;
  const grant = await hopeless(lab, agent);
  expect(lab.store.stopDecisions(grant.trial)).toHaveLength(1);
  agent.drop();
  lab.clock.advance(TERM_SECONDS * 1000 + 1000);
  const snapshot = lab.engine.snapshot(ID);
  expect(snapshot.results.at(-1)!.trial).toMatchObject({ id: grant.trial, state: 'stopped-early' });
  expect(snapshot.searchEnergyIsLowerBound).toBe(true);
  // What it was up to after all changes nothing any more.
  lab.engine.ingest([endOf(grant, { loss: 0.1, joules: 10 })]);
  expect(lab.engine.snapshot(ID).fronts).toEqual(snapshot.fronts);
});

test('a trial that finished before it heard of the stop is a result like any other', async () => {
  const { lab, agent } = await withFront();
  using _ = lab;
  const grant = await hopeless(lab, agent);
  expect(stops(agent)).toHaveLength(1);
  lab.engine.ingest([endOf(grant, BAD)]);
  expect(lab.engine.snapshot(ID).results.at(-1)!.trial.state).toBe('completed');
  expect(lab.store.history(ID)).toHaveLength(FINISHED + 1);
});

test('one that finished with an unusable energy is not measured again, one that was drained is not begun again', async () => {
  const { lab, agent } = await withFront();
  using _ = lab;
  const first = await hopeless(lab, agent);
  lab.engine.ingest([spoil(endOf(first, BAD))]);
  expect(lab.engine.snapshot(ID).results.at(-1)!.trial.state).toBe('completed');
  const second = await hopeless(lab, agent);
  const drained = failed({ kind: 'infrastructure', reason: 'drained' });
  lab.engine.ingest([{ ...outcomeOf(second, 'a', drained), sequence: ++sequence }]);
  expect(lab.engine.snapshot(ID).results.at(-1)!.trial).toMatchObject({ id: second.trial, state: 'stopped-early' });
});
