/** Restarts: when, how often, when no more. */

import { expect, test } from 'vitest';

import type { Readiness, ServerExit, ServerProcess } from '../../../coordinator/broker/server-process.js';
import { supervise, type Supervisor } from '../../../coordinator/broker/supervise.js';
import type { EnvironmentError } from '../../../shared/domain/errors.js';
import { manualClock, type ManualClock } from '../../support/manual-clock.js';
import { keptLog } from '../../support/silent-log.js';

class FakeServer implements ServerProcess {
  readonly pid = 1;
  readonly signals: NodeJS.Signals[] = [];
  readonly exited: Promise<ServerExit>;
  readonly #stubborn: boolean;
  #exit: (exit: ServerExit) => void = () => undefined;

  constructor(stubborn = false) {
    this.#stubborn = stubborn;
    this.exited = new Promise((resolve) => (this.#exit = resolve));
  }

  end(how: string, lastWords = ''): void {
    this.#exit({ how, lastWords });
  }

  kill(signal: NodeJS.Signals): void {
    this.signals.push(signal);
    if (!this.#stubborn || signal === 'SIGKILL') this.end(signal);
  }
}

interface Scene {
  readonly clock: ManualClock;
  readonly servers: FakeServer[];
  readonly supervisor: Supervisor;
  readonly failures: EnvironmentError[];
  readonly events: () => string[];
}

/** `starts` says how each further start goes; the last one stands for all that follow. */
function scene(starts: readonly Readiness['kind'][] = ['ready'], first = new FakeServer()): Scene {
  const clock = manualClock();
  const log = keptLog();
  const servers = [first];
  const failures: EnvironmentError[] = [];
  const supervisor = supervise(first, {
    launch() {
      servers.push(new FakeServer());
      return servers.at(-1)!;
    },
    async ready() {
      const kind = starts[Math.min(servers.length - 2, starts.length - 1)]!;
      if (kind !== 'ended') return { kind };
      const exit = { how: 'exit status 1', lastWords: 'listen tcp: address already in use' };
      servers.at(-1)!.end(exit.how, exit.lastWords);
      return { kind, exit };
    },
    ...{ log, clock },
    onFailure: (error) => failures.push(error),
  });
  return { clock, servers, supervisor, failures, events: () => log.events.map(({ event }) => event) };
}

/** Lets everything that is not waiting for the clock happen. */
async function settle(): Promise<void> {
  for (let i = 0; i < 50; i++) await Promise.resolve();
}

test('a server that ends is started again after a tenth of a second', async () => {
  const { clock, servers, supervisor, events } = scene();
  servers[0]!.end('signal SIGKILL');
  await settle();
  clock.advance(99);
  await settle();
  expect(servers).toHaveLength(1);
  clock.advance(1);
  await settle();
  expect(servers).toHaveLength(2);
  expect(supervisor.restarts).toBe(1);
  expect(events()).toEqual(['message server ended', 'message server restarted']);
});

test('pauses double while servers end early, up to five seconds, and begin anew after a long life', async () => {
  const { clock, servers } = scene();
  for (const pause of [100, 200, 400, 800, 1600, 3200, 5000, 5000]) {
    const before = servers.length;
    servers.at(-1)!.end('signal SIGKILL');
    await settle();
    clock.advance(pause - 1);
    await settle();
    expect(servers).toHaveLength(before);
    clock.advance(1);
    await settle();
    expect(servers).toHaveLength(before + 1);
  }
  clock.advance(10_000);
  servers.at(-1)!.end('signal SIGKILL');
  await settle();
  const before = servers.length;
  clock.advance(100);
  await settle();
  expect(servers).toHaveLength(before + 1);
});

test('ten starts in a row that come to nothing are the end, in the words of the server', async () => {
  const { clock, servers, failures, supervisor } = scene(['ended']);
  servers[0]!.end('signal SIGKILL');
  for (let i = 0; i < 20; i++) {
    await settle();
    clock.advance(5000);
  }
  expect(servers).toHaveLength(11);
  expect(failures.map(({ message }) => message)).toEqual([
    'the message server ended and could not be started again in 10 tries: listen tcp: address already in use',
  ]);
  await supervisor.close();
});

test('a start that succeeds in between begins the count anew', async () => {
  const { clock, servers, failures } = scene([...Array<'ended'>(9).fill('ended'), 'ready']);
  servers[0]!.end('signal SIGKILL');
  for (let i = 0; i < 20; i++) {
    await settle();
    clock.advance(5000);
  }
  expect([servers.length, failures.length]).toEqual([11, 0]);
});

test('a server that stays silent is killed and started again', async () => {
  const { clock, servers, supervisor } = scene(['silent', 'ready']);
  servers[0]!.end('signal SIGKILL');
  for (let i = 0; i < 5; i++) {
    await settle();
    clock.advance(1000);
  }
  expect(servers[1]!.signals).toEqual(['SIGKILL']);
  expect([servers.length, supervisor.restarts]).toEqual([3, 1]);
});

test('closing ends the server gently and starts no other', async () => {
  const { servers, supervisor, events } = scene();
  await supervisor.close();
  expect(servers.map(({ signals }) => signals)).toEqual([['SIGTERM']]);
  expect(events()).toEqual([]);
});

test('closing kills a server that does not listen', async () => {
  const { clock, servers, supervisor } = scene(['ready'], new FakeServer(true));
  const closed = supervisor.close();
  await settle();
  clock.advance(10_000);
  await closed;
  expect(servers[0]!.signals).toEqual(['SIGTERM', 'SIGKILL']);
});

test('closing during a pause ends the wait', async () => {
  const { servers, supervisor } = scene();
  servers[0]!.end('signal SIGKILL');
  await settle();
  await supervisor.close();
  expect(servers).toHaveLength(1);
});

test('a restart that is asked for happens, although the server does not listen', async () => {
  const { clock, servers, supervisor } = scene(['ready'], new FakeServer(true));
  supervisor.restart();
  await settle();
  clock.advance(10_000);
  await settle();
  clock.advance(100);
  await settle();
  expect(servers.map(({ signals }) => signals)).toEqual([['SIGTERM', 'SIGKILL'], []]);
  expect(supervisor.restarts).toBe(1);
});
