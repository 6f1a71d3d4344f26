/** Wrong flags, files, disks and addresses: one clear line, an exit status, and nothing that was kept is lost. */

import { writeFileSync } from 'node:fs';
import { beforeEach, describe, expect, test } from 'vitest';

import { checkStore, storeFile } from '../support/check-store.js';
import { startEcopt } from '../support/ecopt-process.js';
import type { EcoptProcess } from '../support/ecopt-process.js';
import { startNats } from '../support/nats-server.js';
import { openScenario } from '../support/scenario.js';
import { noSmallDisks, openSmallDisk } from '../support/small-disk.js';

const ready = ({ message }: { readonly message: string }): boolean => message.startsWith('add a machine');

/** The one line that a command which failed has said on standard error. */
async function fault(process: EcoptProcess): Promise<{ readonly code: number | null; readonly line: string }> {
  const { code } = await process.exited;
  const said = process.errors().trim().split('\n');
  const lines = said.filter((line) => !line.startsWith('{'));
  expect(lines, process.errors()).toHaveLength(1);
  return { code, line: lines.join('') };
}

describe('a command with a fault ends with one line and says what would be right:', () => {
  test.each([
    [
      'an unknown flag',
      ['--lease-terms', '5'],
      { code: 2, line: /unknown option '--lease-terms' \(Did you mean --lease-term\?\)/ },
    ],
    [
      'a port that is none',
      ['--port', '70000'],
      { code: 2, line: /--port 70000: must be a whole number from 0 to 65535/ },
    ],
    ['a lease without length', ['--lease-term', '0'], { code: 2, line: /--lease-term 0: must be a number from 1 to/ }],
    [
      'a host beyond loopback',
      ['--host', '0.0.0.0'],
      { code: 2, line: /--host 0\.0\.0\.0 is not loopback, so it needs --tls-ca/ },
    ],
    [
      'an address that is none',
      ['--nats', 'http://x'],
      { code: 2, line: /--nats http:\/\/x: must be an address such as nats:\/\// },
    ],
    [
      'a message server that is not there',
      ['--nats', 'nats://127.0.0.1:9'],
      { code: 1, line: /127\.0\.0\.1:9: nothing listens there/ },
    ],
    [
      'a state folder that is a file',
      ['--state', '/etc/hostname'],
      { code: 1, line: /cannot make the state folder .*--state DIR/ },
    ],
    ['a state folder without a name', ['--state', ''], { code: 2, line: /--state: is empty; name a folder/ }],
  ] as const)('%s', async (_, flags, { code, line }) => {
    using scenario = await openScenario();
    await using serve = scenario.serve(...flags);
    const said = await fault(serve);
    expect(said.line).toMatch(line);
    expect(said.code).toBe(code);
  });

  test('campaign files that are not there, or are folders', async () => {
    using scenario = await openScenario();
    for (const [file, line] of [
      ['/none.yaml', /\/none\.yaml: there is no such file/],
      [scenario.folder, /: is a folder; name a campaign file in it/],
    ] as const) {
      await using run = startEcopt(['run', file, '--state', scenario.state]);
      expect(await fault(run)).toMatchObject({ code: 2, line: expect.stringMatching(line) as string });
    }
  });

  test.each([
    [
      'an unknown flag',
      ['--simulat', 'h100'],
      { code: 2, line: /unknown option '--simulat' \(Did you mean --simulate\?\)/ },
    ],
    [
      'a device model that is none',
      ['--simulate', 'x100'],
      { code: 2, line: /there is no model x100; there are: h100/ },
    ],
    ['an address without port', ['--coordinator', 'lab'], { code: 2, line: /--coordinator lab: must be HOST:PORT/ }],
    [
      'a host without TLS',
      ['--coordinator', 'lab:7411'],
      { code: 2, line: /is not this machine, so it needs --tls-ca/ },
    ],
    [
      'a label without value',
      ['--label', 'room', '--simulate', 'h100'],
      { code: 2, line: /--label room: write NAME=VALUE/ },
    ],
    [
      'a state folder that is a file',
      ['--state', '/etc/hostname', '--simulate', 'h100'],
      { code: 1, line: /cannot make the state/ },
    ],
  ] as const)('agent: %s', async (_, flags, { code, line }) => {
    using scenario = await openScenario();
    await using agent = scenario.agent('a', ...flags);
    const said = await fault(agent);
    expect(said.line).toMatch(line);
    expect(said.code).toBe(code);
  });

  test('a local agent that cannot start says why, and the run ends', async () => {
    using scenario = await openScenario();
    await using run = scenario.run('--simulate', 'x100');
    const said = await fault(run);
    expect(said.line).toMatch(/there is no model x100; there are: h100/);
    expect(said.code).toBe(1);
  });
});

describe('a disk', () => {
  const reason = noSmallDisks();
  beforeEach(({ skip }) => skip(reason !== undefined, reason));

  test('that is read-only is named by both sides', async () => {
    using scenario = await openScenario();
    using disk = openSmallDisk(4);
    disk.makeReadOnly();
    await using serve = scenario.serve('--state', disk.folder);
    await using agent = scenario.agent('a', '--simulate', 'h100', '--state', disk.folder);
    for (const command of [serve, agent]) {
      const { code, line } = await fault(command);
      expect(line).toMatch(/cannot make the state folder .*read-only file system.*--state DIR/);
      expect(code).toBe(1);
    }
  });

  test('that is full at the start is named by both sides', async () => {
    using scenario = await openScenario();
    using disk = openSmallDisk(4);
    await using broker = scenario.serve('--state', disk.folder);
    expect(await fault(broker)).toMatchObject({
      code: 1,
      line: expect.stringMatching(/disk of .* is full: /) as string,
    });
    disk.fill();
    await using serve = scenario.serve('--state', disk.folder);
    expect(await fault(serve)).toMatchObject({ code: 1, line: expect.stringMatching(/disk is full: free/) as string });
    await using agent = scenario.agent('a', '--simulate', 'h100', '--state', disk.folder);
    expect(await fault(agent)).toMatchObject({ code: 1, line: expect.stringMatching(/only 0 B are free/) as string });
  });

  test('that fills up ends the coordinator in one line; with room again nothing is lost', async () => {
    using scenario = await openScenario({ trials: 3 });
    using disk = openSmallDisk(8);
    await using nats = await startNats();
    const flags = ['--state', disk.folder, '--nats', nats.url];
    await using first = scenario.serve(...flags);
    await first.event('note', ready);
    await using agent = scenario.agent('a');
    await first.event('trial-completed');
    scenario.hold();
    await scenario.held();
    disk.fill();
    const { code, line } = await fault(first);
    expect(line).toMatch(/store .*full.*free some space and start again; nothing that was accounted is lost/);
    expect(code).toBe(1);
    disk.drain();
    scenario.letGo();
    await using second = scenario.serve(...flags);
    expect(await second.event('campaign-closed')).toMatchObject({ finished: 3, searchEnergyIsLowerBound: false });
    expect((await second.exited).code).toBe(0);
    expect(agent.pid).toBeGreaterThan(0);
    expect(checkStore(disk.folder)).toMatchObject({ states: { completed: 3 }, attempts: 3, extras: 0 });
  });

  test('that fills up under an agent is the machine’s fault: told at once, no work is taken until there is room', async () => {
    using scenario = await openScenario({ trials: 3 });
    using disk = openSmallDisk(80);
    await using serve = scenario.serve();
    await serve.event('note', ready);
    scenario.hold();
    await using agent = scenario.agent('a', '--simulate', 'h100', '--state', disk.folder);
    await scenario.held();
    disk.fill();
    scenario.letGo();
    const failed = await agent.line((text) => text.includes('trial failed'));
    expect(failed).toMatch(/"failure":"infrastructure","reason":"disk-full"/);
    await serve.event('trial-returned');
    await agent.line((text) => text.includes('no work taken'));
    disk.drain();
    expect(await serve.event('campaign-closed')).toMatchObject({ finished: 3, searchEnergyIsLowerBound: false });
    expect((await serve.exited).code).toBe(0);
    expect(checkStore(scenario.state)).toMatchObject({ states: { completed: 3 }, attempts: 4 });
  });
});

test('a store that is damaged is named, and stays as it is', async () => {
  using scenario = await openScenario();
  await using first = scenario.serve();
  await first.event('note', ready);
  first.kill('SIGINT');
  await first.exited;
  const file = storeFile(scenario.state);
  writeFileSync(file, 'no database at all '.repeat(1000));
  await using second = scenario.serve();
  expect(await fault(second)).toMatchObject({
    code: 1,
    line: expect.stringMatching(/damaged: move it away/) as string,
  });
});
