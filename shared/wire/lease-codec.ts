/** The lease conversation <-> bytes. */

import { z } from 'zod';

import { LEASE_PHASES } from '../domain/conversation.js';
import type { AgentMessage, CoordinatorMessage, Grant } from '../domain/conversation.js';
import type { AgentId, CampaignId, HardwareClassId, LeaseId, SlotId, TrialId } from '../domain/identity.js';
import { double, id, name, plainValues, values } from './field-schemas.js';
import { machineSchema, plainMachine } from './machine-codec.js';
import { decodeMessage, encodeMessage } from './message.js';
import { limitsSchema, measurementSchema, needsSchema, plainWorkload, workloadSchema } from './trial-codec.js';

const lease = id<LeaseId>();
const slot = id<SlotId>();
const phase = z.enum(LEASE_PHASES);

const heldSchema = z.object({ lease, trial: id<TrialId>(), attempt: z.number(), slot, phase });

/** The machine of a foreign wire version may look different: it is checked only after the version. */
const helloSchema = z.object({
  wireVersion: z.number(),
  session: z.string().min(1),
  name: z.string().min(1).max(128),
  machine: machineSchema,
  held: z.array(heldSchema),
});

const agentMessageSchema: z.ZodType<AgentMessage> = z.union([
  z.object({ hello: helloSchema }).transform(({ hello }) => ({ kind: 'hello' as const, ...hello })),
  z.object({ offer: z.object({ slot }) }).transform(({ offer }) => ({ kind: 'offer' as const, ...offer })),
  z.object({ withdraw: z.object({ slot }) }).transform(({ withdraw }) => ({ kind: 'withdraw' as const, ...withdraw })),
  z
    .object({ renew: z.object({ leases: z.array(z.object({ lease, phase })) }) })
    .transform(({ renew }) => ({ kind: 'renew' as const, ...renew })),
  z
    .object({ release: z.object({ lease, reason: z.string(), notBegun: z.boolean().exactOptional() }) })
    .transform(({ release }) => ({ kind: 'release' as const, ...release })),
  z.object({ stopped: z.object({ lease }) }).transform(({ stopped }) => ({ kind: 'stopped' as const, ...stopped })),
]);

const grantSchema: z.ZodType<Grant> = z.object({
  lease,
  trial: id<TrialId>(),
  attempt: z.number().positive(),
  campaign: id<CampaignId>(),
  slot,
  hardwareClass: name<HardwareClassId>(),
  termSeconds: double,
  configuration: values,
  seed: z.number(),
  workload: workloadSchema,
  needs: needsSchema,
  measurement: measurementSchema,
  limits: limitsSchema,
  sealedMetrics: z.array(z.string()),
  requiredMetrics: z.array(z.string()),
  secrets: z.array(z.string()),
  resumeFrom: z.string().exactOptional(),
});

const welcomeSchema = z.object({
  agent: id<AgentId>(),
  coordinatorVersion: z.string(),
  termSeconds: double,
  messages: z.object({
    servers: z.array(z.string()).min(1),
    user: z.string().exactOptional(),
    password: z.string().exactOptional(),
    stream: z.string(),
    subjectPrefix: z.string(),
    tls: z.boolean(),
  }),
  lost: z.array(lease),
});

const refusedSchema = z.object({
  code: z.enum(['wire-version', 'name-taken', 'not-allowed', 'malformed', 'quarantined']),
  message: z.string(),
});

const coordinatorMessageSchema: z.ZodType<CoordinatorMessage> = z.union([
  z.object({ welcome: welcomeSchema }).transform(({ welcome }) => ({ kind: 'welcome' as const, ...welcome })),
  z.object({ refused: refusedSchema }).transform(({ refused }) => ({ kind: 'refused' as const, ...refused })),
  z.object({ grant: grantSchema }).transform(({ grant }) => ({ kind: 'grant' as const, grant })),
  z
    .object({ renewed: z.object({ leases: z.array(lease), lost: z.array(lease) }) })
    .transform(({ renewed }) => ({ kind: 'renewed' as const, ...renewed })),
  z
    .object({ accounted: z.object({ lease }) })
    .transform(({ accounted }) => ({ kind: 'accounted' as const, ...accounted })),
  z
    .object({ stop: z.object({ lease, reason: z.enum(['cancelled', 'stopped-early', 'drained']) }) })
    .transform(({ stop }) => ({ kind: 'stop' as const, ...stop })),
  z.object({ idle: z.object({}) }).transform(() => ({ kind: 'idle' as const })),
]);

export function encodeAgentMessage(message: AgentMessage): Uint8Array {
  const { kind, ...fields } = message;
  const plain = message.kind === 'hello' ? { ...fields, machine: plainMachine(message.machine) } : fields;
  return encodeMessage('AgentMessage', { [kind]: plain });
}

/** @throws {WireError} if the bytes are no valid message. */
export const decodeAgentMessage = (bytes: Uint8Array): AgentMessage =>
  decodeMessage('AgentMessage', bytes, agentMessageSchema);

/**
 * The wire version of a hello whose other fields this version may not understand; `undefined` for other messages.
 */
export function peekWireVersion(bytes: Uint8Array): number | undefined {
  const schema = z.object({ hello: z.object({ wireVersion: z.number() }).optional() });
  return decodeMessage('AgentMessage', bytes, schema).hello?.wireVersion;
}

export function encodeCoordinatorMessage(message: CoordinatorMessage): Uint8Array {
  if (message.kind === 'grant') return encodeMessage('CoordinatorMessage', { grant: plainGrant(message.grant) });
  const { kind, ...fields } = message;
  return encodeMessage('CoordinatorMessage', { [kind]: fields });
}

const plainGrant = (grant: Grant): object => ({
  ...grant,
  configuration: plainValues(grant.configuration),
  workload: plainWorkload(grant.workload),
});

/** @throws {WireError} if the bytes are no valid message. */
export const decodeCoordinatorMessage = (bytes: Uint8Array): CoordinatorMessage =>
  decodeMessage('CoordinatorMessage', bytes, coordinatorMessageSchema);
