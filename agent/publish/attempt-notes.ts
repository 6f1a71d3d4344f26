/** A note on disk of every attempt that this agent holds, so that a later process can end what this one left behind. */

import { mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

import { agentId, deviceId, hardwareClassId, leaseId, slotId, trialId } from '../../shared/domain/identity.js';
import type { Log } from '../../shared/runtime/log.js';

const noteSchema = z.strictObject({
  agent: z.string().transform(agentId),
  lease: z.string().transform(leaseId),
  trial: z.string().transform(trialId),
  attempt: z.int().positive(),
  slot: z.string().transform(slotId),
  hardwareClass: z.string().transform(hardwareClassId),
  devices: z.array(z.string().transform(deviceId)),
  startedUnixMilliseconds: z.number(),
  /** The trial's folder. */
  folder: z.string(),
  /** The program, once it was started. */
  process: z.strictObject({ pid: z.int().positive(), startTicks: z.string(), bootId: z.string() }).exactOptional(),
  /** Its outcome is in the outbox, or was delivered out of it. */
  finished: z.boolean(),
});

export type AttemptNote = z.infer<typeof noteSchema>;
type NoteKey = Pick<AttemptNote, 'trial' | 'attempt'>;

export interface AttemptNotes {
  /** Replaces the note of the same attempt. */
  save(note: AttemptNote): void;
  remove(key: NoteKey): void;
  all(): readonly AttemptNote[];
}

const SUFFIX = '.json';

/** Notes in a folder, each replaced as a whole. */
export function openAttemptNotes(folder: string, log: Log): AttemptNotes {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const pathOf = ({ trial, attempt }: NoteKey): string => join(folder, `${trial}.${attempt}${SUFFIX}`);
  return {
    save(note) {
      const path = pathOf(note);
      writeFileSync(`${path}.new`, JSON.stringify(note), { mode: 0o600, flush: true });
      renameSync(`${path}.new`, path);
    },
    remove: (key) => rmSync(pathOf(key), { force: true }),
    all: () =>
      readdirSync(folder)
        .filter((name) => name.endsWith(SUFFIX))
        .flatMap((name) => readNote(join(folder, name), log)),
  };
}

function readNote(path: string, log: Log): readonly AttemptNote[] {
  try {
    return [noteSchema.parse(JSON.parse(readFileSync(path, 'utf8')))];
  } catch (error) {
    log.warn({ path, error }, 'attempt note unreadable');
    renameSync(path, `${path}.unreadable`);
    return [];
  }
}
