/** Early stopping with real processes: which trials are stopped, what the front is, and that a crash forgets no decision. */

import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';

import type { JsonLine } from '../../coordinator/cli/json-line.js';
import { openSqliteStore } from '../../coordinator/store/sqlite-store.js';
import type { Configuration } from '../../shared/domain/configuration.js';
import type { StopDecision } from '../../shared/domain/stopping.js';
import { checkStore, storeFile } from '../support/check-store.js';
import type { EcoptProcess } from '../support/ecopt-process.js';
import { logged } from '../support/log-file.js';
import { openScenario, type Scenario } from '../support/scenario.js';
import { openProxy } from '../support/tcp-proxy.js';

const GOOD = 12;
const ready = ({ message }: { readonly message: string }): boolean => message.startsWith('add a machine');

/** Good trials, then hopeless ones, in this order. With this seed no hopeless one is spared. */
async function openCurves(hopeless: number, grace = '25 %'): Promise<Scenario> {
  const scenario = await openScenario();
  const first = Array.from({ length: GOOD + hopeless }, (_, i) => `{k: ${i + 1}}`);
  writeFileSync(
    scenario.file,
    `
name: curves
seed: 2
space:
  k: {low: 1, high: 40, kind: integer}
objectives:
  loss: {metric: loss, goal: minimize, threshold: 10}
  energy: {energy: {window: train}, threshold: 1000000}
workload:
  kind: command
  argv: [${JSON.stringify(process.execPath)}, ${JSON.stringify(join(process.cwd(), 'tests/support/curve-program.mjs'))}]
measurement: {idle: 0 s}
proposer: {kind: sobol, start: 2, first: [${first.join(', ')}]}
stopping: {chance: 5 %, grace: ${grace}}
budget: {trials: ${GOOD + hopeless}}
`,
  );
  return scenario;
}

type Closed = JsonLine & { readonly event: 'campaign-closed' };

/** Which trials are on any front, by their place in the script. */
const onFront = ({ fronts }: Closed): number[] =>
  fronts.flatMap(({ trials }) => trials.map(({ configuration }) => Number(configuration['k']))).sort((a, b) => a - b);

function decisionsIn(state: string): readonly StopDecision[] {
  const store = openSqliteStore(storeFile(state));
  try {
    return store
      .campaigns()
      .flatMap(({ id }) => store.trials(id).flatMap(({ trial }) => store.stopDecisions(trial.id)));
  } finally {
    store.close();
  }
}

const expectWhole = (scenario: Scenario, closed: Closed, stopped: number): void => {
  expect(closed.finished).toBe(GOOD + stopped);
  expect(onFront(closed).every((k) => k <= GOOD)).toBe(true);
  const { states, attempts, extras } = checkStore(scenario.state);
  expect(states).toEqual({ completed: GOOD, 'stopped-early': stopped });
  expect({ attempts, extras }).toEqual({ attempts: GOOD + stopped, extras: 0 });
  expect(decisionsIn(scenario.state).map(({ verdict }) => verdict)).toEqual(Array(stopped).fill('stop'));
};

/** Four agents, which are killed with the test. */
function agents(scenario: Scenario, ...extra: readonly string[]): AsyncDisposable {
  const started = Array.from({ length: 4 }, (_, i): EcoptProcess => scenario.agent(`a${i}`, ...extra));
  return {
    [Symbol.asyncDispose]: async () => void (await Promise.all(started.map((one) => one[Symbol.asyncDispose]()))),
  };
}

test('hopeless trials are stopped, the front is that of the good ones, and nothing counts twice', async () => {
  using scenario = await openCurves(3);
  await using serve = scenario.serve();
  await serve.event('note', ready);
  await using _ = agents(scenario);
  const stopped = await serve.event('trial-stopped-early');
  expect(stopped.configuration['k']).toBeGreaterThan(GOOD);
  expect(stopped.stopped!.chance).toBeLessThan(0.05);
  const closed = await serve.event('campaign-closed');
  await serve.exited;
  expectWhole(scenario, closed, 3);
  expect(closed.savedJoules).toMatchObject([{ provenance: 'simulated', trials: 3 }]);
  expect(closed.savedJoules[0]!.value).toBeGreaterThan(0);
});

test('the coordinator is killed between its decision and the ear of the agent, who hears of it afterwards', async () => {
  using scenario = await openCurves(1, '58 %');
  using network = await openProxy(scenario.port);
  await using first = scenario.serve();
  await first.event('note', ready);
  await using _ = agents(scenario, '--simulate', 'h100', '--coordinator', `127.0.0.1:${network.port}`);
  const isHopeless = ({ configuration }: { readonly configuration: Configuration }): boolean =>
    Number(configuration['k']) > GOOD;
  await first.event('trial-reported', (line) => isHopeless(line) && (line.fraction ?? 0) > 0.3);
  // Reports go on coming, by way of the message server; what the coordinator says does not go out any more.
  network.cut();
  await logged(join(dirname(storeFile(scenario.state)), 'coordinator.log'), ({ msg }) => msg === 'early stop decided');
  first.kill('SIGKILL');
  await first.exited;
  network.mend();
  await using second = scenario.serve();
  const closed = await second.event('campaign-closed');
  await second.exited;
  expectWhole(scenario, closed, 1);
});
