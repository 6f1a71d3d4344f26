/** Why the coordinator is not reached: the gRPC library's and OpenSSL's words -> what to do about it. */

import { checkServerIdentity } from 'node:tls';
import type { PeerCertificate } from 'node:tls';
import { expect, test } from 'vitest';

import { explainDisconnection } from '../../../agent/lease/disconnection.js';

test.each([
  ['connect ECONNREFUSED 127.0.0.1:7411', true, /^connect ECONNREFUSED 127\.0\.0\.1:7411$/, false],
  ['Name resolution failed for target dns:lab:7411', true, /^Name resolution failed/, false],
  ['Failed to connect (2026-01-01T00:00:00.000Z)', false, /wants TLS \(give --tls-ca/, false],
  ['Failed to connect (2026-01-01T00:00:00.000Z)', true, /does not know this agent by its certificate/, false],
  ['read ECONNRESET', false, /wants TLS/, false],
  ['self-signed certificate in certificate chain', true, /not signed by the authority in --tls-ca/, true],
  ['unable to get local issuer certificate', true, /not signed by the authority in --tls-ca/, true],
  ['certificate has expired', true, /has expired/, true],
  ['write EPROTO 40A7:error:0A00010B:SSL routines::wrong version number', true, /speaks no TLS/, true],
])('%s (TLS: %s)', (said, isSecure, reason, isMismatch) => {
  const found = explainDisconnection(said, isSecure);
  expect(found.reason).toMatch(reason);
  expect(found.isMismatch).toBe(isMismatch);
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
