import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';

import { openAttemptNotes } from '../../../agent/publish/attempt-notes.js';
import { Outbox } from '../../../agent/publish/outbox.js';
import type { AttemptNote } from '../../../agent/runner/attempt-journal.js';
import { groupMembers, identifyProcess } from '../../../agent/runner/process-table.js';
import { recoverAttempts } from '../../../agent/runner/recovery.js';
import { agentId, deviceId, hardwareClassId, leaseId, slotId, trialId } from '../../../shared/domain/identity.js';
import type { AttemptEnergy } from '../../../shared/domain/measurement.js';
import { systemClock } from '../../../shared/runtime/clock.js';
import { sampleObservation } from '../../support/sample-domain.js';
import { keptLog } from '../../support/silent-log.js';
import { temporaryFolder } from '../temporary-folder.js';

const NOTE: AttemptNote = {
  agent: agentId('a'),
  lease: leaseId('l-1'),
  trial: trialId('c-1'),
  attempt: 2,
  slot: slotId('cpu'),
  hardwareClass: hardwareClassId('C'),
  devices: [],
  startedUnixMilliseconds: 5,
  folder: '/nowhere/c-1.2',
  finished: false,
};
const ENERGY = [{ device: deviceId('cpu'), part: 'cpu', provenance: 'model', microjoules: 7n } as const];

function setting() {
  const home = temporaryFolder();
  const log = keptLog();
  const outbox = new Outbox({ folder: join(home, 'outbox'), clock: systemClock, log });
  const notes = openAttemptNotes(join(home, 'notes'), log);
  return { home, outbox, notes, options: { outbox, notes, lostEnergy: () => [], clock: systemClock, log } };
}

test('an attempt that died with its agent is told as lost, with the energy that was last read', async () => {
  const { outbox, notes, options } = setting();
  notes.save(NOTE);
  await outbox.append(NOTE, { kind: 'started' });
  await outbox.append(NOTE, { kind: 'metered', energy: ENERGY, elapsedSeconds: 4 });
  const recovered = await recoverAttempts(options);
  expect(recovered).toEqual([
    { held: { lease: 'l-1', trial: 'c-1', attempt: 2, slot: 'cpu', phase: 'publishing' }, delivered: false },
  ]);
  const last = [...outbox.pending()].at(-1)!;
  expect(last).toMatchObject({ sequence: 3, lease: 'l-1', body: { kind: 'observed' } });
  expect(last.body).toMatchObject({
    observation: { end: { failure: { kind: 'infrastructure', reason: 'lost' } }, energy: ENERGY, durationSeconds: 4 },
  });
  expect(notes.all()).toEqual([{ ...NOTE, finished: true }]);
});

test('energy of its devices that was kept until later stands in place of what was told last', async () => {
  const { outbox, notes, options } = setting();
  const gpu = (microjoules: bigint): AttemptEnergy => ({
    device: deviceId('GPU-1'),
    part: 'accelerator',
    provenance: 'counter',
    microjoules,
  });
  notes.save({ ...NOTE, devices: [deviceId('GPU-1')] });
  await outbox.append(NOTE, { kind: 'metered', energy: [gpu(500n), ...ENERGY], elapsedSeconds: 4 });
  const asked: unknown[] = [];
  const lostEnergy = (note: AttemptNote): readonly AttemptEnergy[] => {
    asked.push(note.devices, note.startedUnixMilliseconds);
    return [gpu(620n)];
  };
  await recoverAttempts({ ...options, lostEnergy });
  expect(asked).toEqual([['GPU-1'], 5]);
  expect([...outbox.pending()].at(-1)?.body).toMatchObject({ observation: { energy: [gpu(620n), ...ENERGY] } });
});

test('and what was told last stands where less was kept', async () => {
  const { outbox, notes, options } = setting();
  notes.save(NOTE);
  await outbox.append(NOTE, { kind: 'metered', energy: ENERGY, elapsedSeconds: 4 });
  await recoverAttempts({ ...options, lostEnergy: () => ENERGY.map((one) => ({ ...one, microjoules: 6n })) });
  const least = ENERGY.map((energy) => ({ ...energy, isLowerBound: true }));
  expect([...outbox.pending()].at(-1)?.body).toMatchObject({ observation: { energy: least } });
});

test('a finished attempt is delivered as it is, however often its agent dies', async () => {
  const { outbox, notes, options } = setting();
  notes.save(NOTE);
  await outbox.append(NOTE, { kind: 'observed', observation: sampleObservation });
  const once = await recoverAttempts(options);
  const twice = await recoverAttempts(options);
  expect(twice).toEqual(once);
  expect([...outbox.pending()]).toHaveLength(1);
});

test('an outcome that was delivered before the agent died waits only for its account', async () => {
  const { notes, outbox, options } = setting();
  notes.save({ ...NOTE, finished: true });
  expect(await recoverAttempts(options)).toMatchObject([{ delivered: true }]);
  expect([...outbox.pending()]).toEqual([]);
});

test('programs of the dead agent are ended: the recorded one, and those with the mark of its folder', async () => {
  const { notes, options, home } = setting();
  const folder = join(home, 'c-1.2');
  const hang = ['-e', 'process.on("SIGTERM", () => {}); setInterval(() => {}, 1000); console.log("up")'];
  const start = (environment: Record<string, string>) =>
    spawn(process.execPath, hang, { detached: true, env: environment, stdio: ['ignore', 'pipe', 'ignore'] });
  const leader = start({});
  const escaped = start({ ECOPT_TRIAL_DIR: folder });
  const stranger = start({ ECOPT_TRIAL_DIR: `${folder}0` });
  await Promise.all([leader, escaped, stranger].map((child) => new Promise((r) => child.stdout.once('data', r))));
  const ended = [leader, escaped].map((child) => new Promise((resolve) => child.once('exit', resolve)));
  notes.save({ ...NOTE, folder, process: identifyProcess(leader.pid!)! });
  await recoverAttempts(options);
  await Promise.all(ended);
  expect(groupMembers(stranger.pid!)).toEqual([stranger.pid]);
  stranger.kill('SIGKILL');
});

test('a process that got the recorded number after a restart of the machine is left alone', async () => {
  const { notes, options } = setting();
  const stranger = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { detached: true, env: {} });
  const identity = identifyProcess(stranger.pid!)!;
  for (const recycled of [
    { ...identity, startTicks: '1' },
    { ...identity, bootId: 'another' },
  ]) {
    notes.save({ ...NOTE, process: recycled });
    await recoverAttempts(options);
    expect(groupMembers(stranger.pid!)).toEqual([stranger.pid]);
  }
  stranger.kill('SIGKILL');
});
