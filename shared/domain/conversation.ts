/** What agent and coordinator say to each other on the lease stream, in the order in which a session goes. */

import type { MeasurementProtocol, Needs, TrialLimits, Workload } from './campaign.js';
import type { Configuration } from './configuration.js';
import type { MachineDescription } from './hardware.js';
import type { AgentId, CampaignId, HardwareClassId, LeaseId, SlotId, TrialId } from './identity.js';

/** Both sides must speak the same version; any other is refused by name. */
export const WIRE_VERSION = 1;

/** Where a lease stands on its agent. `publishing`: the work is done, the outcome not yet accounted. */
export const LEASE_PHASES = ['preparing', 'running', 'publishing'] as const;
export type LeasePhase = (typeof LEASE_PHASES)[number];

export interface HeldLease {
  readonly lease: LeaseId;
  readonly trial: TrialId;
  readonly attempt: number;
  readonly slot: SlotId;
  readonly phase: LeasePhase;
}

export type StopReason = 'cancelled' | 'stopped-early' | 'drained';

export type AgentMessage =
  /** First message of every session; leases held from an earlier session are re-attached. */
  | {
      readonly kind: 'hello';
      readonly wireVersion: number;
      /** Unique per agent process; tells a restarted agent from a second one of the same name. */
      readonly session: string;
      readonly name: string;
      readonly machine: MachineDescription;
      readonly held: readonly HeldLease[];
    }
  /** This slot is free: give it work as soon as there is some. Stands until granted or withdrawn. */
  | { readonly kind: 'offer'; readonly slot: SlotId }
  | { readonly kind: 'withdraw'; readonly slot: SlotId }
  /** Sent at a third of the term. */
  | { readonly kind: 'renew'; readonly leases: readonly { readonly lease: LeaseId; readonly phase: LeasePhase }[] }
  /** Hands a trial back unfinished, without fault of its configuration. `notBegun`: it took no energy. */
  | { readonly kind: 'release'; readonly lease: LeaseId; readonly reason: string; readonly notBegun?: boolean }
  /** The trial of this lease was stopped as asked for and nothing of it runs any more. */
  | { readonly kind: 'stopped'; readonly lease: LeaseId };

/** How an agent reaches the message server. */
export interface MessageServerAccess {
  readonly servers: readonly string[];
  readonly user?: string;
  readonly password?: string;
  readonly stream: string;
  /** Events go to `<prefix>.<agent>.<trial>.<attempt>`. */
  readonly subjectPrefix: string;
  /** True: connect with the same TLS files as to the coordinator. */
  readonly tls: boolean;
}

/** Everything an agent needs to run one trial. */
export interface Grant {
  readonly lease: LeaseId;
  readonly trial: TrialId;
  readonly attempt: number;
  readonly campaign: CampaignId;
  readonly slot: SlotId;
  readonly hardwareClass: HardwareClassId;
  /** Length of the lease; renew at a third. */
  readonly termSeconds: number;
  readonly configuration: Configuration;
  readonly seed: number;
  readonly workload: Workload;
  readonly needs: Needs;
  readonly measurement: MeasurementProtocol;
  readonly limits: TrialLimits;
  /** Metrics that never leave the agent except sealed inside the outcome. */
  readonly sealedMetrics: readonly string[];
  /** Metrics without which the trial is not complete. */
  readonly requiredMetrics: readonly string[];
  /** Names of secrets whose values the agent's policy file holds. */
  readonly secrets: readonly string[];
  readonly resumeFrom?: string;
}

export type RefusalCode = 'wire-version' | 'name-taken' | 'not-allowed' | 'malformed' | 'quarantined';

export type CoordinatorMessage =
  | {
      readonly kind: 'welcome';
      readonly agent: AgentId;
      readonly coordinatorVersion: string;
      readonly termSeconds: number;
      readonly messages: MessageServerAccess;
      /** Held leases that are no longer this agent's: finish, the result is kept as an extra observation. */
      readonly lost: readonly LeaseId[];
    }
  | { readonly kind: 'refused'; readonly code: RefusalCode; readonly message: string }
  | { readonly kind: 'grant'; readonly grant: Grant }
  | { readonly kind: 'renewed'; readonly leases: readonly LeaseId[]; readonly lost: readonly LeaseId[] }
  /** The outcome was ingested; the lease is over. */
  | { readonly kind: 'accounted'; readonly lease: LeaseId }
  | { readonly kind: 'stop'; readonly lease: LeaseId; readonly reason: StopReason }
  /** No campaign is left: an agent started for one campaign may leave. */
  | { readonly kind: 'idle' };
