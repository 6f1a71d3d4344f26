/** What an agent that died left behind: programs are ended, their attempts told as lost, finished outcomes delivered. */

import type { HeldLease } from '../../shared/domain/conversation.js';
import type { AttemptEvent } from '../../shared/domain/event.js';
import type { AttemptEnergy } from '../../shared/domain/measurement.js';
import type { Observation } from '../../shared/domain/trial.js';
import type { Clock } from '../../shared/runtime/clock.js';
import type { Log } from '../../shared/runtime/log.js';
import { failure } from './attempt-end.js';
import type { AttemptNote, AttemptNotes, EventOutbox } from './attempt-journal.js';
import { endLeftovers } from './subprocess.js';
import { trialMark } from './trial-plan.js';

export interface RecoveryOptions {
  readonly notes: AttemptNotes;
  readonly outbox: EventOutbox;
  /** Energy of the devices that an attempt held, up to the last reading before the agent died, where it was kept. */
  lostEnergy(note: AttemptNote): readonly AttemptEnergy[];
  readonly clock: Clock;
  readonly log: Log;
}

export interface RecoveredLease {
  readonly held: HeldLease;
  /** The outcome was delivered already; only its account is missing. */
  readonly delivered: boolean;
}

/** Call before anything is offered. Resolves with the leases whose outcomes are not accounted yet. */
export async function recoverAttempts(options: RecoveryOptions): Promise<readonly RecoveredLease[]> {
  const { notes, outbox, clock, log } = options;
  const recovered: RecoveredLease[] = [];
  for (const note of notes.all()) {
    const { trial, attempt, lease, slot } = note;
    const ended = await endLeftovers(note.process, trialMark(note.folder), clock);
    const events = [...outbox.pending()].filter((event) => event.trial === trial && event.attempt === attempt);
    const waits = events.some(({ body }) => body.kind === 'observed');
    const finished = note.finished || waits;
    log.warn({ trial, attempt, processesEnded: ended, finished }, 'attempt recovered');
    if (!finished) {
      await outbox.append(note, {
        kind: 'observed',
        observation: lostObservation(note, events, options.lostEnergy(note)),
      });
      notes.save({ ...note, finished: true });
    }
    const held: HeldLease = { lease, trial, attempt, slot, phase: 'publishing' };
    recovered.push({ held, delivered: note.finished && !waits });
  }
  return recovered;
}

const LOST = failure('infrastructure', 'lost', 'the agent ended while the trial ran');

/** Its energy is what was last read: a lower bound. */
function lostObservation(
  note: AttemptNote,
  events: readonly AttemptEvent[],
  journalled: readonly AttemptEnergy[],
): Observation {
  const { agent, slot, devices, hardwareClass, startedUnixMilliseconds } = note;
  const metered = events.flatMap(({ body }) => (body.kind === 'metered' ? [body] : [])).at(-1);
  return {
    end: { kind: 'failed', failure: LOST },
    metrics: {},
    sealed: {},
    windows: [],
    energy: latest(metered?.energy ?? [], journalled).map((energy) => ({ ...energy, isLowerBound: true })),
    agent,
    slot,
    devices,
    hardwareClass,
    startedUnixMilliseconds,
    durationSeconds: metered?.elapsedSeconds ?? 0,
    outputTail: '',
    facts: {},
  };
}

/** What was told last, and in its place what was kept of a device until later. */
function latest(told: readonly AttemptEnergy[], kept: readonly AttemptEnergy[]): readonly AttemptEnergy[] {
  const same = (a: AttemptEnergy, b: AttemptEnergy): boolean => a.device === b.device && a.part === b.part;
  const isLater = (one: AttemptEnergy): boolean =>
    !told.some((other) => same(one, other) && other.microjoules > one.microjoules);
  const later = kept.filter(isLater);
  return [...later, ...told.filter((one) => !later.some((other) => same(one, other)))];
}
