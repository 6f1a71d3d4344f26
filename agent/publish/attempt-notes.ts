/** A note on disk of every attempt that this agent holds, so that a later process can end what this one left behind. */

import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { DomainError } from '../../shared/domain/errors.js';
import type { AgentId, DeviceId, HardwareClassId, LeaseId, SlotId, TrialId } from '../../shared/domain/identity.js';
import type { Log } from '../../shared/runtime/log.js';
import { readRegular } from '../../shared/runtime/regular-file.js';

/** What a later process must know of an attempt. */
export interface AttemptNote {
  readonly agent: AgentId;
  readonly lease: LeaseId;
  readonly trial: TrialId;
  readonly attempt: number;
  readonly slot: SlotId;
  readonly hardwareClass: HardwareClassId;
  readonly devices: readonly DeviceId[];
  readonly startedUnixMilliseconds: number;
  /** The trial's folder. */
  readonly folder: string;
  /** The program, once it was started. */
  readonly process?: { readonly pid: number; readonly startTicks: string; readonly bootId: string };
  /** Its outcome is in the outbox, or was delivered out of it. */
  readonly finished: boolean;
}

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
      try {
        writeFileSync(`${path}.new`, JSON.stringify(note), { mode: 0o600, flush: true });
        renameSync(`${path}.new`, path);
      } catch (error) {
        rmSync(`${path}.new`, { force: true });
        throw error;
      }
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
    const content: unknown = JSON.parse(readRegular(path).toString('utf8'));
    if (!isNote(content)) throw new DomainError('not an attempt note');
    return [content];
  } catch (error) {
    log.warn({ path, error }, 'attempt note unreadable');
    renameSync(path, `${path}.unreadable`);
    return [];
  }
}

const TEXTS = ['agent', 'lease', 'trial', 'slot', 'hardwareClass', 'folder'] as const;

/** Only this program writes these files; the check is for bytes that a disk mangled. */
function isNote(content: unknown): content is AttemptNote {
  if (typeof content !== 'object' || content === null) return false;
  const note = content as Partial<Record<keyof AttemptNote, unknown>>;
  return (
    TEXTS.every((key) => typeof note[key] === 'string') &&
    Number.isInteger(note.attempt) &&
    Number.isFinite(note.startedUnixMilliseconds) &&
    Array.isArray(note.devices) &&
    typeof note.finished === 'boolean'
  );
}
