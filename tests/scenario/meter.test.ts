/** What is left of a measurement when the process that made it is killed. */

import { readdirSync, watch } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';

import { energySince, type JournalledEnergy } from '../../agent/meter/journal/read-journal.js';
import { openSqliteStore } from '../../coordinator/store/sqlite-store.js';
import { deviceId } from '../../shared/domain/identity.js';
import { present } from '../../shared/domain/present.js';
import { systemClock } from '../../shared/runtime/clock.js';
import { checkStore, storeFile } from '../support/check-store.js';
import { startEcopt, type EcoptProcess } from '../support/ecopt-process.js';
import { cCompiler, compileFakeNvml, startFakeNvml, type FakeNvml } from '../support/fake-nvml.js';
import { openScenario, type Scenario } from '../support/scenario.js';

/** That no other test on this machine holds. */
const GPU = deviceId(`GPU-metered-${process.pid}`);
const WATTS = 100;
/** What may be lost with the process, and what two clocks and the sensor's updates add, in seconds. */
const LOST_SECONDS = 1;
const TOLERANCE_SECONDS = 0.25;

const compiler = cCompiler();
let card: FakeNvml | undefined;
afterAll(() => card?.[Symbol.dispose]());

function agentOn(scenario: Scenario): EcoptProcess {
  card ??= startFakeNvml(compileFakeNvml(present(compiler, 'C compiler')), {
    count: 1,
    'gpu0.uuid': GPU,
    'gpu0.name': 'NVIDIA Fake',
    'gpu0.pci': '00000000:19:00.0',
    'gpu0.energy': 1_000_000,
    'gpu0.energy.watts': WATTS,
    'gpu0.energy.period_ms': 20,
    'gpu0.processes': 'none',
  });
  const state = ['--name', 'metered', '--state', join(scenario.state, 'of-metered')];
  const coordinator = ['--coordinator', `127.0.0.1:${scenario.port}`];
  return startEcopt(['agent', ...coordinator, ...state, '--allow-command', '--json', '--devices', GPU], {
    environment: { ECOPT_NVML_LIBRARY: card.library },
  });
}

/** The folder of the agent's journal, once there is one. */
async function journalFolder({ state }: Scenario): Promise<string> {
  const journal = (): string | undefined =>
    readdirSync(state, { recursive: true, encoding: 'utf8' }).find((path) => path.endsWith('.journal'));
  await expect.poll(journal, { timeout: 10_000 }).toBeDefined();
  return dirname(join(state, present(journal(), 'journal')));
}

/** Resolves once the journal reaches so far beyond an instant. */
function journalled(folder: string, since: number, seconds: number): Promise<JournalledEnergy> {
  return new Promise((resolve) => {
    const look = (): void => {
      const found = energySince(folder, GPU, since);
      if (found === undefined || found.seconds < seconds) return;
      watcher.close();
      resolve(found);
    };
    const watcher = watch(folder, look);
    look();
  });
}

describe.skipIf(compiler === undefined)('an agent that is killed in the middle of a trial', () => {
  test('leaves all but the last moments of its readings, which its next start tells as the energy of the attempt', async () => {
    using scenario = await openScenario({
      trials: 2,
      more: 'measurement: {idle: 0 s, boundary: accelerator}\n',
    });
    scenario.hold();
    await using serve = scenario.serve();
    const started = systemClock.wallMilliseconds();
    await using first = agentOn(scenario);
    await scenario.held();
    const held = systemClock.wallMilliseconds();
    const folder = await journalFolder(scenario);
    await journalled(folder, held, 3);
    first.kill('SIGKILL');
    await first.exited;
    const killed = systemClock.wallMilliseconds();

    const kept = present(energySince(folder, GPU, held), 'journalled energy');
    expect(kept.seconds).toBeGreaterThan((killed - held) / 1e3 - LOST_SECONDS - TOLERANCE_SECONDS);
    expect(Number(kept.energy.microjoules) / 1e6 / kept.seconds).toBeCloseTo(WATTS, -1);

    await using second = agentOn(scenario);
    await serve.event('trial-returned');
    scenario.letGo();
    expect(await serve.event('campaign-closed')).toMatchObject({ finished: 2, searchEnergyIsLowerBound: true });
    await serve.exited;
    expect(second.pid).toBeGreaterThan(0);
    expect(checkStore(scenario.state)).toMatchObject({ states: { completed: 2 }, attempts: 3, lowerBound: true });

    const joules = lostJoules(scenario);
    expect(joules).toBeGreaterThan(WATTS * ((killed - held) / 1e3 - LOST_SECONDS - TOLERANCE_SECONDS));
    expect(joules).toBeLessThan(WATTS * ((killed - started) / 1e3 + TOLERANCE_SECONDS));
  });
});

/** What the store holds of the GPU in the attempt that was lost. */
function lostJoules({ state }: Scenario): number {
  const store = openSqliteStore(storeFile(state));
  try {
    const [campaign] = store.campaigns();
    const [lost] = store
      .attempts(present(campaign, 'campaign').id)
      .filter(({ endReason }) => endReason !== 'accounted');
    const { trial, attempt } = present(lost, 'attempt');
    const energy = store.attemptEnergy(trial, attempt).find(({ device }) => device === GPU);
    return Number(present(energy, 'energy').microjoules) / 1e6;
  } finally {
    store.close();
  }
}
