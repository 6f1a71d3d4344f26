/** One lease's worth of work: runs the trial, tells of it, and keeps what a later process must know. */

import type { Grant } from '../../shared/domain/conversation.js';
import type { AgentId, DeviceId } from '../../shared/domain/identity.js';
import type { Observation } from '../../shared/domain/trial.js';
import type { Log } from '../../shared/runtime/log.js';
import { failure } from './attempt-end.js';
import type { AttemptNote, AttemptNotes, EventOutbox } from './attempt-journal.js';
import { runTrial, type RunningTrial } from './run-trial.js';
import { FOREIGN_PROCESSES_REASON } from './strangers.js';
import type { TrialHost, TrialListener } from './trial-order.js';
import type { TrialStopReason } from './trial-socket.js';

export interface AttemptOptions {
  readonly grant: Grant;
  readonly agent: AgentId;
  readonly devices: readonly DeviceId[];
  readonly folder: string;
  readonly host: TrialHost;
  readonly outbox: EventOutbox;
  readonly notes: AttemptNotes;
  readonly log: Log;
  /** Number of other trials of this agent whose programs run at the moment. */
  companions(): number;
  /** The program was started. */
  onStarted(): void;
  /** Makes the outcome fit into a message. */
  fit(observation: Observation): Observation;
}

export interface AttemptRun {
  readonly grant: Grant;
  /** Resolves when nothing of the trial runs any more and its outcome is in the outbox. */
  readonly finished: Promise<Observation>;
  /** The program was started. */
  readonly started: boolean;
  /** The latest wish to stop it. */
  readonly stopping: TrialStopReason | undefined;
  stop(reason: TrialStopReason): void;
  /** Stops it for others who use its devices, named by `use`; nothing where it is being stopped already. */
  yield(use: string): void;
}

/** Starts the work on a grant. */
export function startAttempt(options: AttemptOptions): AttemptRun {
  const { grant, notes } = options;
  const state: AttemptState = { note: noteOf(options), started: false, stopping: undefined, yieldedTo: undefined };
  notes.save(state.note);
  const trial = runTrial(options, options.host, listenerOf(options, state));
  const stop = (reason: TrialStopReason): void => {
    state.stopping = reason;
    trial.stop(reason);
  };
  return {
    grant,
    stop,
    yield(use) {
      if (state.stopping !== undefined) return;
      state.yieldedTo = use;
      options.log.info({ why: use }, 'stop requested');
      stop('drained');
    },
    finished: finish(options, state, trial),
    get started() {
      return state.started;
    },
    get stopping() {
      return state.stopping;
    },
  };
}

interface AttemptState {
  note: AttemptNote;
  started: boolean;
  stopping: TrialStopReason | undefined;
  yieldedTo: string | undefined;
}

function listenerOf({ log, outbox, notes, onStarted }: AttemptOptions, state: AttemptState): TrialListener {
  return {
    log,
    onEvent(body) {
      if (body.kind === 'started') {
        state.started = true;
        onStarted();
      }
      void outbox.append(state.note, body);
    },
    onProcess(process) {
      state.note = { ...state.note, ...(process && { process }) };
      notes.save(state.note);
    },
    onOutput: () => undefined,
  };
}

async function finish(
  { fit, outbox, notes, log }: AttemptOptions,
  state: AttemptState,
  trial: RunningTrial,
): Promise<Observation> {
  const observation = fit(named(await trial.observation, state));
  await outbox.append(state.note, { kind: 'observed', observation });
  try {
    notes.save({ ...state.note, finished: true });
  } catch (error) {
    log.error({ error }, 'attempt not noted as finished');
  }
  return observation;
}

/** An attempt that was stopped for others says who they are. */
function named(observation: Observation, { yieldedTo }: AttemptState): Observation {
  const { end } = observation;
  const isYield = yieldedTo !== undefined && end.kind === 'failed' && end.failure.reason === 'drained';
  if (!isYield) return observation;
  return {
    ...observation,
    end: { kind: 'failed', failure: failure('infrastructure', FOREIGN_PROCESSES_REASON, yieldedTo) },
  };
}

const noteOf = ({ grant, agent, devices, folder, host }: AttemptOptions): AttemptNote => ({
  agent,
  lease: grant.lease,
  trial: grant.trial,
  attempt: grant.attempt,
  slot: grant.slot,
  hardwareClass: grant.hardwareClass,
  devices,
  startedUnixMilliseconds: host.clock.wallMilliseconds(),
  folder,
  finished: false,
});
