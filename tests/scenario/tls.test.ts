/** Beyond loopback everything is mutual TLS: gRPC and NATS, with certificates of the lab's own authority. */

import { mkdtempSync, rmSync } from 'node:fs';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'nats';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import { makeAuthority, NO_OPENSSL } from '../support/certificates.js';
import type { Authority } from '../support/certificates.js';
import { checkStore, storeFile } from '../support/check-store.js';
import type { EcoptProcess } from '../support/ecopt-process.js';
import { logged } from '../support/log-file.js';
import { openScenario } from '../support/scenario.js';
import type { Scenario } from '../support/scenario.js';

/** An address of this machine that others can reach; loopback where it has none. */
const OWN_ADDRESS =
  Object.values(networkInterfaces())
    .flat()
    .find((one) => one?.family === 'IPv4' && !one.internal)?.address ?? '127.0.0.1';

const ready = ({ message }: { readonly message: string }): boolean => message.startsWith('add a machine');

const simulated = ['--simulate', 'h100'] as const;

/** The one line of a command that failed, without `ecopt: `. */
async function fault(process: EcoptProcess, code: number): Promise<string> {
  expect((await process.exited).code, process.errors()).toBe(code);
  const said = process
    .errors()
    .split('\n')
    .filter((line) => line.startsWith('ecopt: '));
  expect(said, process.errors()).toHaveLength(1);
  return said.join('').replace('ecopt: ', '');
}

describe('mutual TLS', () => {
  let folder: string;
  let lab: Authority;
  let stranger: Authority;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'ecopt-tls-'));
    if (NO_OPENSSL !== undefined) return;
    lab = makeAuthority(folder, 'lab');
    stranger = makeAuthority(folder, 'stranger');
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  beforeEach(({ skip }) => skip(NO_OPENSSL !== undefined, NO_OPENSSL));

  test('an agent elsewhere does its trials over mTLS, with no name but the one in the certificate', async () => {
    using scenario = await openScenario({ trials: 2 });
    const server = lab.issue('server', [`IP:${OWN_ADDRESS}`]);
    await using serve = scenario.serve('--host', '0.0.0.0', ...server);
    const hint = await serve.event('note', ready);
    expect(hint.message).toContain(`--coordinator ${OWN_ADDRESS}:${scenario.port}`);
    const address = ['--coordinator', `${OWN_ADDRESS}:${scenario.port}`];
    await using agent = scenario.agent('a', ...simulated, ...address, ...lab.issue('agent', ['DNS:agent.lab']));
    expect(await serve.event('campaign-closed')).toMatchObject({ finished: 2 });
    expect((await serve.exited).code).toBe(0);
    expect(agent.errors()).not.toContain('Warning');
    expect(checkStore(scenario.state)).toMatchObject({ states: { completed: 2 }, attempts: 2 });
  });

  test('the message server takes nobody without a certificate of the lab', async () => {
    using scenario = await openScenario();
    await using serve = scenario.serve(...lab.issue('server', ['IP:127.0.0.1']));
    await serve.event('note', ready);
    const started = await logged(logOf(scenario), ({ msg }) => msg === 'message server started');
    const servers = `127.0.0.1:${String(started['port'])}`;
    await expect(connect({ servers, reconnect: false })).rejects.toThrow();
    const [, ca, , cert, , key] = stranger.issue('thief', ['DNS:thief.example']);
    expect(ca).toBeDefined();
    const tls = { caFile: lab.file, certFile: `${cert}`, keyFile: `${key}` };
    await expect(connect({ servers, reconnect: false, tls })).rejects.toThrow();
  });

  test('run with TLS starts agents that use it', async () => {
    using scenario = await openScenario({ trials: 2 });
    await using run = scenario.run(...simulated, ...lab.issue('server', ['IP:127.0.0.1']));
    expect(await run.event('campaign-closed')).toMatchObject({ finished: 2 });
    expect((await run.exited).code).toBe(0);
  });

  test('an agent whose files do not fit is told what does not, and the coordinator goes on', async () => {
    using scenario = await openScenario({ trials: 2 });
    await using serve = scenario.serve(...lab.issue('server', ['IP:127.0.0.1']));
    await serve.event('note', ready);
    await using plain = scenario.agent('plain', ...simulated);
    await using other = scenario.agent('other', ...simulated, ...stranger.issue('other', ['DNS:other.lab']));
    const misnamed = ['--coordinator', `localhost:${scenario.port}`];
    const good = lab.issue('good', ['DNS:good.lab']);
    await using named = scenario.agent('named', ...simulated, ...misnamed, ...good);
    expect(await plain.line((line) => line.includes('not reached'))).toContain('it wants TLS (give --tls-ca');
    expect(await fault(other, 1)).toMatch(/^coordinator 127.*was not signed by the authority in --tls-ca/);
    expect(await fault(named, 1)).toMatch(
      /does not hold for localhost: write --coordinator with a name for which it does/,
    );
    await using agent = scenario.agent('good', ...simulated, ...good);
    expect(await serve.event('campaign-closed')).toMatchObject({ finished: 2 });
    expect(agent.pid).toBeGreaterThan(0);
  });

  test('an agent with files is told that its coordinator speaks no TLS', async () => {
    using scenario = await openScenario();
    await using serve = scenario.serve();
    await serve.event('note', ready);
    await using agent = scenario.agent('a', ...simulated, ...lab.issue('agent', ['DNS:agent.lab']));
    expect(await fault(agent, 1)).toMatch(/speaks no TLS: start it with --tls-ca/);
  });

  test('files that could not work are refused before anything starts', async () => {
    using scenario = await openScenario();
    const server = lab.issue('server', ['DNS:desk.lab', 'IP:127.0.0.1']);
    const [, ca, , , , key] = server;
    const [, , , otherCertificate] = lab.issue('another', ['IP:127.0.0.1']);
    const mixed = ['--tls-ca', `${ca}`, '--tls-cert', `${otherCertificate}`, '--tls-key', `${key}`];
    const foreign = ['--tls-ca', stranger.file, ...server.slice(2)];
    const cases: readonly (readonly [RegExp, readonly string[]])[] = [
      [
        /server\.pem: holds for desk\.lab, 127\.0\.0\.1; issue it for moon\.lab/,
        [...server, '--advertise', 'moon.lab'],
      ],
      [/valid until .* only/, lab.issue('old', ['IP:127.0.0.1'], { days: -1 })],
      [/extended key usage clientAuth/, lab.issue('half', ['IP:127.0.0.1'], { uses: 'serverAuth' })],
      [/does not belong to the key/, mixed],
      [/was not signed by the authority in --tls-ca/, foreign],
      [/--tls-ca .*campaign\.yaml: holds no certificate/, ['--tls-ca', scenario.file, ...server.slice(2)]],
      [/--tls-key .*ca\.pem: holds no private key/, [...server.slice(0, 4), '--tls-key', lab.file]],
      [/--tls-cert \/none: cannot be read/, ['--tls-ca', lab.file, '--tls-cert', '/none', '--tls-key', '/none']],
      [/belong together: give all three/, ['--tls-ca', lab.file]],
    ];
    for (const [message, flags] of cases) {
      await using serve = scenario.serve(...flags);
      expect(await fault(serve, 2)).toMatch(message);
    }
  });
});

const logOf = ({ state }: Scenario): string => storeFile(state).replace('store.sqlite', 'coordinator.log');
