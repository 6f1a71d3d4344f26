/** Events on NATS <-> bytes. */

import { z } from 'zod';

import { WIRE_VERSION } from '../domain/conversation.js';
import type { AttemptEvent, AttemptEventBody, AttemptIds } from '../domain/event.js';
import type { AgentId, LeaseId, TrialId } from '../domain/identity.js';
import { double, doubles, id } from './field-schemas.js';
import { decodeMessage, encodeMessage } from './message.js';
import { attemptEnergySchema, observationSchema, plainAttemptEnergy, plainObservation } from './trial-codec.js';

const bodySchema = z.discriminatedUnion('body', [
  z.object({ body: z.literal('started') }),
  z.object({
    body: z.literal('reported'),
    reported: z.object({ step: z.number(), fraction: double.exactOptional(), metrics: doubles }),
  }),
  z.object({
    body: z.literal('metered'),
    metered: z.object({ energy: z.array(attemptEnergySchema), elapsedSeconds: double }),
  }),
  z.object({ body: z.literal('observed'), observed: observationSchema }),
]);

const eventSchema = z.intersection(
  z.object({
    wireVersion: z.literal(WIRE_VERSION),
    agent: id<AgentId>(),
    trial: id<TrialId>(),
    attempt: z.number().positive(),
    lease: id<LeaseId>(),
    sequence: z.number().positive(),
    wallMilliseconds: double,
  }),
  bodySchema,
);

/** Bytes of an event. */
export function encodeEvent(event: AttemptEvent): Uint8Array {
  const { body, ...envelope } = event;
  return encodeMessage('AttemptEvent', { wireVersion: WIRE_VERSION, ...envelope, ...plainBody(body) });
}

function plainBody(body: AttemptEventBody): object {
  switch (body.kind) {
    case 'started':
      return { started: {} };
    case 'reported':
      return { reported: body };
    case 'metered':
      return { metered: { energy: body.energy.map(plainAttemptEnergy), elapsedSeconds: body.elapsedSeconds } };
    case 'observed':
      return { observed: plainObservation(body.observation) };
  }
}

/** @throws {WireError} if the bytes are no event of this wire version. */
export function decodeEvent(bytes: Uint8Array): AttemptEvent {
  const plain = decodeMessage('AttemptEvent', bytes, eventSchema);
  const { agent, trial, attempt, lease, sequence, wallMilliseconds } = plain;
  return { agent, trial, attempt, lease, sequence, wallMilliseconds, body: bodyOf(plain, agent) };
}

const outcomeIdsSchema = z.object({
  agent: id<AgentId>(),
  trial: id<TrialId>(),
  attempt: z.number().positive(),
  lease: id<LeaseId>(),
  body: z.literal('observed'),
});

/** Whose outcome these bytes are, even if its content makes no sense; `undefined`: they are none. */
export function peekOutcome(bytes: Uint8Array): AttemptIds | undefined {
  try {
    const { body: _, ...ids } = decodeMessage('AttemptEvent', bytes, outcomeIdsSchema);
    return ids;
  } catch {
    return undefined;
  }
}

function bodyOf(plain: z.infer<typeof bodySchema>, agent: AgentId): AttemptEventBody {
  switch (plain.body) {
    case 'started':
      return { kind: 'started' };
    case 'reported':
      return { kind: 'reported', ...plain.reported };
    case 'metered':
      return { kind: 'metered', ...plain.metered };
    case 'observed':
      return { kind: 'observed', observation: { ...plain.observed, agent } };
  }
}

/** Subject of an event; ids have no dots, so that each is one token. */
export const eventSubject = (prefix: string, { agent, trial, attempt }: AttemptEvent): string =>
  `${prefix}.${agent}.${trial}.${attempt}`;

/** `Nats-Msg-Id` of an event. */
export const eventMessageId = ({ trial, attempt, sequence }: AttemptEvent): string => `${trial}:${attempt}:${sequence}`;
