/** Why the coordinator is not reached: the gRPC library's and OpenSSL's words -> what to do about it. */

import { checkServerIdentity } from 'node:tls';
import type { PeerCertificate } from 'node:tls';
import { expect, test } from 'vitest';

import { explainDisconnection } from '../../../agent/lease/disconnection.js';

test.each([
  [
    'connect ECONNREFUSED 127.0.0.1:7411',
    true,
    { reason: /^connect ECONNREFUSED 127\.0\.0\.1:7411$/, isMismatch: false },
  ],
  ['Name resolution failed for target dns:lab:7411', true, { reason: /^Name resolution failed/, isMismatch: false }],
  ['Failed to connect (2026-01-01T00:00:00.000Z)', false, { reason: /wants TLS \(give --tls-ca/, isMismatch: false }],
  [
    'Failed to connect (2026-01-01T00:00:00.000Z)',
    true,
    { reason: /does not know this agent by its certificate/, isMismatch: false },
  ],
  ['read ECONNRESET', false, { reason: /wants TLS/, isMismatch: false }],
  [
    'self-signed certificate in certificate chain',
    true,
    { reason: /not signed by the authority in --tls-ca/, isMismatch: true },
  ],
  [
    'unable to get local issuer certificate',
    true,
    { reason: /not signed by the authority in --tls-ca/, isMismatch: true },
  ],
  ['certificate has expired', true, { reason: /has expired/, isMismatch: true }],
  [
    'write EPROTO 40A7:error:0A00010B:SSL routines::wrong version number',
    true,
    { reason: /speaks no TLS/, isMismatch: true },
  ],
])('%s (TLS: %s)', (said, isSecure, expected) => {
  const found = explainDisconnection(said, isSecure);
  expect(found.reason).toMatch(expected.reason);
  expect(found.isMismatch).toBe(expected.isMismatch);
});

test.each([
  ['moon', { subjectaltname: 'DNS:desk.lab, DNS:desk' }, 'desk.lab'],
  ['moon', { subject: { CN: 'desk' }, subjectaltname: 'IP Address:10.0.0.5' }, 'desk'],
  ['10.0.0.7', { subjectaltname: 'IP Address:10.0.0.5' }, '10.0.0.5'],
])('a certificate that does not hold for %s', (host, certificate, known) => {
  const said = String(checkServerIdentity(host, certificate as PeerCertificate)?.message);
  const { reason, isMismatch } = explainDisconnection(said, true);
  expect(reason).toContain(`does not hold for ${host}: write --coordinator`);
  expect(reason).toContain(known);
  expect(isMismatch).toBe(true);
});
