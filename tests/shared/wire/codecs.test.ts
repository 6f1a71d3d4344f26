import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';

import { descriptorSource } from '../../../deploy/generate-descriptor.mjs';
import type { AgentMessage, CoordinatorMessage } from '../../../shared/domain/conversation.js';
import { WIRE_VERSION } from '../../../shared/domain/conversation.js';
import { WireError } from '../../../shared/domain/errors.js';
import type { AttemptEventBody } from '../../../shared/domain/event.js';
import { agentId, leaseId, slotId, trialId } from '../../../shared/domain/identity.js';
import { coordinationService } from '../../../shared/wire/coordination-service.js';
import { decodeEvent, encodeEvent, eventMessageId, eventSubject } from '../../../shared/wire/event-codec.js';
import {
  decodeAgentMessage,
  decodeCoordinatorMessage,
  encodeAgentMessage,
  encodeCoordinatorMessage,
} from '../../../shared/wire/lease-codec.js';
import { encodeMessage } from '../../../shared/wire/message.js';
import { sampleEvent, sampleGrant, sampleMachine, sampleObservation } from '../../support/sample-domain.js';

const lease = leaseId('l1');
const slot = slotId('cpu');

const agentMessages: readonly AgentMessage[] = [
  {
    kind: 'hello',
    wireVersion: WIRE_VERSION,
    session: 's1',
    name: 'desk',
    machine: sampleMachine,
    held: [{ lease, trial: trialId('c1-1'), attempt: 1, slot, phase: 'publishing' }],
  },
  { kind: 'offer', slot },
  { kind: 'withdraw', slot },
  { kind: 'renew', leases: [{ lease, phase: 'running' }] },
  { kind: 'release', lease, reason: 'drained' },
  { kind: 'release', lease, reason: 'process 7 uses GPU-1', notBegun: true },
  { kind: 'stopped', lease },
];

const { workingFolder: _, ...plainCommand } = sampleGrant.workload as never as Record<string, unknown>;
const coordinatorMessages: readonly CoordinatorMessage[] = [
  {
    kind: 'welcome',
    agent: agentId('a1'),
    coordinatorVersion: '0.1.0',
    termSeconds: 30,
    messages: {
      servers: ['nats://127.0.0.1:4222'],
      user: 'u',
      password: 'p',
      stream: 's',
      subjectPrefix: 'e',
      tls: false,
    },
    lost: [lease],
  },
  { kind: 'refused', code: 'wire-version', message: 'no' },
  { kind: 'grant', grant: sampleGrant },
  { kind: 'grant', grant: { ...sampleGrant, workload: plainCommand as never } },
  {
    kind: 'grant',
    grant: {
      ...sampleGrant,
      workload: { kind: 'builtin', trainer: 'language-model', options: { tokens: 4096, tied: true, text: 'moby' } },
    },
  },
  { kind: 'renewed', leases: [lease], lost: [] },
  { kind: 'accounted', lease },
  { kind: 'stop', lease, reason: 'cancelled' },
  { kind: 'idle' },
];

const bodies: readonly AttemptEventBody[] = [
  { kind: 'started' },
  { kind: 'reported', step: 3, fraction: 0, metrics: { loss: 2 } },
  { kind: 'reported', step: 0, metrics: {} },
  { kind: 'metered', energy: sampleObservation.energy, elapsedSeconds: 2 },
  {
    kind: 'metered',
    energy: sampleObservation.energy.map((energy) => ({ ...energy, isLowerBound: true as const })),
    elapsedSeconds: 2,
  },
  { kind: 'observed', observation: { ...sampleObservation, windowsLeftOut: 3 } },
  { kind: 'observed', observation: sampleObservation },
  { kind: 'observed', observation: { ...sampleObservation, end: { kind: 'completed' } } },
];

test.each(agentMessages.map((message) => [message.kind, message] as const))(
  '%s survives the wire',
  (_kind, message) => {
    expect(decodeAgentMessage(encodeAgentMessage(message))).toEqual(message);
  },
);

test.each(coordinatorMessages.map((message) => [message.kind, message] as const))(
  '%s survives the wire',
  (_kind, message) => {
    expect(decodeCoordinatorMessage(encodeCoordinatorMessage(message))).toEqual(message);
  },
);

test.each(bodies.map((body) => [body.kind, body] as const))('event %s survives the wire', (_kind, body) => {
  const event = sampleEvent(body);
  expect(decodeEvent(encodeEvent(event))).toEqual(event);
});

test('an event of another wire version is refused', () => {
  const bytes = encodeMessage('AttemptEvent', {
    ...sampleEvent({ kind: 'started' }),
    wireVersion: 99,
    started: {},
    body: undefined,
  });
  expect(() => decodeEvent(bytes)).toThrow(WireError);
});

test('a hello of another wire version is told apart from a malformed one', () => {
  const foreign = encodeMessage('AgentMessage', { hello: { wireVersion: WIRE_VERSION + 1, session: 's' } });
  expect(coordinationService.hold.requestDeserialize(Buffer.from(foreign))).toEqual({
    kind: 'foreign',
    wireVersion: WIRE_VERSION + 1,
  });
  const broken = encodeMessage('AgentMessage', { hello: { wireVersion: WIRE_VERSION, session: 's' } });
  expect(coordinationService.hold.requestDeserialize(Buffer.from(broken)).kind).toBe('malformed');
});

test('an id that could leave its folder or subject is refused', () => {
  for (const bad of ['../x', 'a.b', 'a b', '>', '*', '', 'a/b']) {
    const bytes = encodeMessage('AgentMessage', { offer: { slot: bad } });
    expect(() => decodeAgentMessage(bytes), bad).toThrow(WireError);
  }
});

test('hostile bytes are refused by a WireError, never by another error', () => {
  const seeds = [encodeEvent(sampleEvent(bodies[4]!)), encodeAgentMessage(agentMessages[0]!)];
  const mutated = fc
    .tuple(fc.constantFrom(...seeds), fc.array(fc.tuple(fc.nat(4000), fc.nat(255)), { maxLength: 8 }))
    .map(([seed, edits]) => {
      const bytes = Uint8Array.from(seed);
      for (const [at, byte] of edits) bytes[at % bytes.length] = byte;
      return bytes;
    });
  fc.assert(
    fc.property(fc.oneof(mutated, fc.uint8Array({ maxLength: 400 })), (bytes) => {
      for (const decode of [decodeEvent, decodeAgentMessage, decodeCoordinatorMessage]) {
        try {
          decode(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(WireError);
        }
      }
    }),
    { seed: 1, numRuns: 500 },
  );
});

test('subject and message id name (trial, attempt, sequence)', () => {
  const event = sampleEvent({ kind: 'started' });
  expect(eventSubject('ecopt.event', event)).toBe('ecopt.event.a1.c1-1.2');
  expect(eventMessageId(event)).toBe('c1-1:2:9');
});

test('the generated descriptor is that of proto/', () => {
  expect(readFileSync('shared/wire/descriptor.pb.ts', 'utf8')).toBe(descriptorSource());
});
