/** What a trial is run with: the order itself, the machine it runs on, and who is told of it. */

import type { Grant } from '../../shared/domain/conversation.js';
import type { AttemptEventBody } from '../../shared/domain/event.js';
import type { AgentId, DeviceId } from '../../shared/domain/identity.js';
import type { Clock } from '../../shared/runtime/clock.js';
import type { Log } from '../../shared/runtime/log.js';
import type { Meter } from '../meter/meter.js';
import type { ProcessIdentity } from './process-table.js';
import type { ProcessorTimes } from './processor-load.js';
import type { ForeignProcesses } from './strangers.js';
import type { TrialProvision } from './trial-plan.js';

/** What all trials of this agent have in common. */
export interface TrialHost {
  readonly meter: Meter;
  readonly clock: Clock;
  readonly provision: TrialProvision;
  readonly temporaryFolder: string;
  /** Versions and settings of this machine, kept with every observation. */
  readonly facts: Readonly<Record<string, string>>;
  /** Those of the built-in trainer's libraries, which say nothing of other programs; absent: none. */
  readonly trainerFacts?: Readonly<Record<string, string>>;
  /** What happens when others use a trial's device; absent: such windows are unusable, and nothing else happens. */
  readonly foreignProcesses?: ForeignProcesses;
  /** The load of the processors; absent: as the kernel counts it. */
  processorTimes?(): ProcessorTimes | undefined;
}

export interface TrialOrder {
  readonly grant: Grant;
  readonly agent: AgentId;
  readonly devices: readonly DeviceId[];
  /** Made anew for this attempt. */
  readonly folder: string;
  /** Number of other trials of this agent whose programs run at the moment; absent: there are none. */
  companions?(): number;
}

export interface TrialListener {
  readonly log: Log;
  /** Everything but the final `observed`. */
  onEvent(body: AttemptEventBody): void;
  /** The program runs; the identity outlives this agent. */
  onProcess(identity: ProcessIdentity | undefined): void;
  onOutput(chunk: Uint8Array): void;
}
