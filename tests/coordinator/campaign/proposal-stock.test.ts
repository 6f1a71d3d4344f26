/** What is prepared ahead: always at hand, never taken twice, forgotten without a trace, and the same after a crash. */

import fc from 'fast-check';
import { expect, test } from 'vitest';

import { CampaignBook } from '../../../coordinator/campaign/campaign-book.js';
import { ProposalStock } from '../../../coordinator/campaign/proposal-stock.js';
import type { Need, Standing } from '../../../coordinator/campaign/proposal-stock.js';
import { openSqliteStore } from '../../../coordinator/store/sqlite-store.js';
import type { Store } from '../../../coordinator/store/store.js';
import type { Proposal, ProposalRequest, Proposer } from '../../../shared/domain/proposal.js';
import { labCampaign } from '../../support/lab-campaign.js';
import { ID } from '../../support/lab.js';

const NEED: Need = { wanted: 0, reserve: 3, task: undefined };

/** Configurations name their place and the results that they were made from. */
const answerOf = ({ index, count, history }: ProposalRequest, most = Infinity): Proposal => ({
  configurations: Array.from({ length: Math.max(0, Math.min(count, most - index)) }, (_, i) => ({
    at: index + i,
    after: history.length,
  })),
  method: `after ${history.length}`,
});

/** Answers when it is told to. */
function heldProposer(): Proposer & { requests: ProposalRequest[]; answer(most?: number): Promise<void> } {
  const requests: ProposalRequest[] = [];
  const open: { request: ProposalRequest; resolve: (proposal: Proposal) => void; signal?: AbortSignal }[] = [];
  return {
    requests,
    propose: (request, signal) =>
      new Promise((resolve, reject) => {
        requests.push(request);
        open.push({ request, resolve, ...(signal && { signal }) });
        signal?.addEventListener('abort', () => reject(new Error('called off')));
      }),
    async answer(most) {
      for (const { request, resolve, signal } of open.splice(0)) if (!signal?.aborted) resolve(answerOf(request, most));
      for (let i = 0; i < 5; i++) await Promise.resolve();
    },
    close: () => Promise.resolve(),
  };
}

function newStore(): Store {
  const store = openSqliteStore(':memory:');
  const base = { state: 'open', createdMilliseconds: 0, activeSeconds: 0, versions: {} } as const;
  store.insertCampaign({ ...base, id: ID, campaign: labCampaign, hash: 'h', text: '' });
  return store;
}

const stockOf = (store: Store, proposer: Proposer): ProposalStock =>
  new ProposalStock({ store, proposer, book: new CampaignBook(store, ID) });

const standing = (index: number, results: number, change: Partial<Standing> = {}): (() => Standing) => {
  const observation = { configuration: {}, task: 'A', values: [1, 1], noise: [0, 0], feasible: true };
  return () => ({ index, left: 99, history: Array(results).fill(observation), pending: [], ...change });
};

const places = (taken: ReturnType<ProposalStock['take']>): unknown[] =>
  taken.flatMap(({ configurations }) => configurations.map(({ at, after }) => [at, after]));

test('what is prepared is there at once while a newer one is being made, and is replaced by that', async () => {
  const proposer = heldProposer();
  const stock = stockOf(newStore(), proposer);
  const first = stock.prepare(NEED, standing(0, 0));
  await proposer.answer();
  expect(await first).toBe(true);
  const second = stock.prepare(NEED, standing(0, 1));
  expect(proposer.requests).toHaveLength(2);
  await proposer.answer();
  expect(await second).toBe(true);
  expect(await stock.prepare(NEED, standing(0, 1))).toBe(false);
  expect(places(stock.take(9))).toEqual([
    [0, 1],
    [1, 1],
    [2, 1],
  ]);
});

test('taking from the old stock calls off its replacement, which would not know what was taken', async () => {
  const proposer = heldProposer();
  const stock = stockOf(newStore(), proposer);
  const first = stock.prepare(NEED, standing(0, 0));
  await proposer.answer();
  await first;
  const replacing = stock.prepare(NEED, standing(0, 1));
  expect(places(stock.take(1))).toEqual([[0, 0]]);
  expect(await replacing).toBe(true);
  const again = stock.prepare(NEED, standing(1, 1, { pending: [{ at: 0 }] }));
  expect(proposer.requests[2]).toMatchObject({ index: 1, count: 3, pending: [{ at: 0 }] });
  await proposer.answer();
  await again;
  expect(places(stock.take(9))).toEqual([
    [1, 1],
    [2, 1],
    [3, 1],
  ]);
});

test('what is short is made up for, behind what is there and knowing of it', async () => {
  const proposer = heldProposer();
  const stock = stockOf(newStore(), proposer);
  const first = stock.prepare(NEED, standing(0, 2));
  await proposer.answer();
  await first;
  stock.take(2);
  const more = stock.prepare({ ...NEED, task: 'B / model' }, standing(2, 2, { pending: [{ at: 0 }, { at: 1 }] }));
  expect(proposer.requests[1]).toMatchObject({
    ...{ index: 3, count: 2, task: 'B / model' },
    pending: [{ at: 0 }, { at: 1 }, { at: 2, after: 2 }],
  });
  expect(places(stock.take(1))).toEqual([[2, 2]]);
  await proposer.answer();
  expect(await more).toBe(true);
  expect(stock.take(1)[0]).toMatchObject({ index: 3, count: 2, skip: 0, task: 'B / model' });
  expect(stock.take(1)[0]).toMatchObject({ index: 3, count: 2, skip: 1, configurations: [{ at: 4 }] });
});

test('idle slots wait for no more than they need, and nothing beyond the budget is made', async () => {
  const proposer = heldProposer();
  const stock = stockOf(newStore(), proposer);
  const urgent = stock.prepare({ ...NEED, wanted: 1 }, standing(0, 0));
  expect(proposer.requests[0]!.count).toBe(1);
  await proposer.answer();
  await urgent;
  expect(await stock.prepare(NEED, standing(0, 0, { left: 1 }))).toBe(false);
  stock.take(1);
  expect(await stock.prepare(NEED, standing(1, 0, { left: 0 }))).toBe(false);
  expect(stock.isOver).toBe(false);
});

test('a space that is used up is not asked again, and is over when the last one is taken', async () => {
  const proposer = heldProposer();
  const store = newStore();
  const stock = stockOf(store, proposer);
  const first = stock.prepare(NEED, standing(0, 0));
  await proposer.answer(2);
  await first;
  expect(await stock.prepare(NEED, standing(0, 0))).toBe(false);
  expect(await stockOf(store, proposer).prepare(NEED, standing(0, 0))).toBe(false);
  expect(stock.isOver).toBe(false);
  expect(places(stock.take(9))).toHaveLength(2);
  expect(stock.isOver).toBe(true);
});

test('stopping calls off what is being made and begins nothing more', async () => {
  const proposer = heldProposer();
  const stock = stockOf(newStore(), proposer);
  const making = stock.prepare(NEED, standing(0, 0));
  stock.stop();
  expect(await making).toBe(false);
  expect(await stock.prepare(NEED, standing(0, 0))).toBe(false);
  expect(proposer.requests).toHaveLength(1);
});

test('a fault of the proposer is passed on, and the next attempt is made', async () => {
  let calls = 0;
  const faulty = (request: ProposalRequest): Promise<Proposal> =>
    ++calls === 1 ? Promise.reject(new Error('broken')) : Promise.resolve(answerOf(request));
  const stock = stockOf(newStore(), { propose: faulty, close: () => Promise.resolve() });
  await expect(stock.prepare(NEED, standing(0, 0))).rejects.toThrow('broken');
  expect(await stock.prepare(NEED, standing(0, 0))).toBe(true);
});

type Act = 'prepare' | 'answer' | 'take' | 'result' | 'crash';
const ACTS = fc.array(fc.constantFrom<Act>('prepare', 'answer', 'take', 'result', 'crash'), { maxLength: 40 });

test('in any order of events each place is taken once and in turn, and few are kept', async () => {
  await fc.assert(
    fc.asyncProperty(ACTS, async (acts) => {
      const store = newStore();
      let proposer = heldProposer();
      let stock = stockOf(store, proposer);
      let [taken, results] = [0, 0];
      for (const act of acts) {
        if (act === 'prepare') void stock.prepare(NEED, standing(taken, results));
        if (act === 'answer') await proposer.answer();
        if (act === 'result') results++;
        if (act === 'crash') {
          proposer = heldProposer();
          stock = stockOf(store, proposer);
        }
        if (act === 'take') {
          const got = stock.take(1);
          stock.save();
          expect(places(got).map((place) => (place as number[])[0])).toEqual(got.length === 0 ? [] : [taken]);
          taken += got.length;
        }
        const kept = store.prepared(ID).flatMap(({ configurations }) => configurations);
        expect(kept.map(({ at }) => at)).toEqual(kept.map((_, i) => taken + i));
        expect(kept.length).toBeLessThanOrEqual(NEED.reserve);
      }
    }),
    { seed: 4, numRuns: 200 },
  );
});
