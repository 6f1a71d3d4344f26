import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

import { openAgentState, type AgentStateOptions } from '../../agent/agent-state.js';
import { coordinatorAddress } from '../../agent/coordinator-address.js';
import { machineFlags } from '../../agent/machine-flags.js';
import { systemClock } from '../../shared/runtime/clock.js';
import { temporaryFolder } from './temporary-folder.js';

const options = (): AgentStateOptions => ({
  chosen: temporaryFolder(),
  machineId: 'm-1',
  name: 'a',
  clock: systemClock,
  processId: 4711,
});

test('a state folder belongs to one agent at a time, and the second is told who holds it', async () => {
  const same = options();
  const first = await openAgentState(same);
  await expect(openAgentState(same)).rejects.toThrow(/process 4711.*--name/);
  const other = await openAgentState({ ...same, name: 'b' });
  await first.close();
  const again = await openAgentState(same);
  expect(again.folder).toBe(join(same.chosen!, 'm-1', 'agent-a'));
  expect(again.lackOfSpace()).toBeUndefined();
  await Promise.all([again.close(), other.close()]);
});

test('a folder that cannot be made is one clear line', async () => {
  const file = join(temporaryFolder(), 'file');
  writeFileSync(file, '');
  await expect(openAgentState({ ...options(), chosen: file })).rejects.toThrow(/cannot make the state folder.*--state/);
});

test.each(['127.0.0.1:1', '[::1]:7411', 'localhost:65535'])('%s needs no TLS', (coordinator) => {
  expect(coordinatorAddress({ coordinator }, 0)).toEqual({ address: coordinator });
});

test.each([
  ['example.org', 'HOST:PORT'],
  ['127.0.0.1:0', 'HOST:PORT'],
  ['127.0.0.1:70000', 'HOST:PORT'],
  ['::1:7411', 'HOST:PORT'],
  ['http://127.0.0.1:7411', 'HOST:PORT'],
  ['10.0.0.1:7411', 'mutual TLS'],
  ['127.0.0.1.example.org:7411', 'mutual TLS'],
])('%s is refused with what would be right', (coordinator, message) => {
  expect(() => coordinatorAddress({ coordinator }, 0)).toThrow(message);
});

test('TLS files come together and must be PEM', () => {
  const file = join(temporaryFolder(), 'x.pem');
  writeFileSync(file, 'no');
  const coordinator = 'lab:7411';
  expect(() => coordinatorAddress({ coordinator, tlsCa: file }, 0)).toThrow('belong together');
  expect(() => coordinatorAddress({ coordinator, tlsCa: file, tlsCert: file, tlsKey: file }, 0)).toThrow(
    'holds no certificate',
  );
  const none = { coordinator, tlsCa: '/none', tlsCert: file, tlsKey: file };
  expect(() => coordinatorAddress(none, 0)).toThrow('--tls-ca /none');
});

test('flags become settings, or one clear line', () => {
  expect(machineFlags({}).commands).toEqual({ kind: 'none' });
  expect(machineFlags({ allowCommand: true }).commands).toEqual({ kind: 'any' });
  expect(machineFlags({ allowCommand: ['a *'] }).commands).toEqual({ kind: 'patterns', patterns: ['a *'] });
  expect(machineFlags({ label: ['room=3', 'x='] }).labels).toEqual({ room: '3', x: '' });
  expect(machineFlags({ devices: 'GPU-1, cpu' }).devices).toEqual(['GPU-1', 'cpu']);
  expect(() => machineFlags({ devices: 'a,,b' })).toThrow('--devices');
  expect(() => machineFlags({ label: ['room'] })).toThrow('NAME=VALUE');
  expect(() => machineFlags({ data: ['x=/no/such/folder'] })).toThrow('/no/such/folder');
  expect(() => machineFlags({ cpuWattsPerCore: '0' })).toThrow('watts above 0');
  expect(() => machineFlags({ devices: 'a', simulate: 'b' })).toThrow('exclude each other');
});
