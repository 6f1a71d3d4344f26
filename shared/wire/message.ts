/** Bytes <-> plain objects, by the descriptors in proto/; checks of content are up to each codec's schema. */

import protobuf from 'protobufjs';
import { z } from 'zod';

import { WireError } from '../domain/errors.js';
import { DESCRIPTOR } from './descriptor.pb.js';

const root = protobuf.Root.fromJSON(DESCRIPTOR as protobuf.INamespace);

/** Names of the messages that travel as a whole. */
export type MessageName = 'AgentMessage' | 'CoordinatorMessage' | 'AttemptEvent';

/**
 * Encodes a plain object whose keys are the message's fields in camel case.
 *
 * Unions are given by setting the one field that applies; 64-bit integers as decimal texts.
 */
export function encodeMessage(name: MessageName, plain: object): Uint8Array {
  const type = root.lookupType(`ecopt.v1.${name}`);
  return type.encode(type.fromObject(plain)).finish();
}

/**
 * Decodes and checks a message.
 *
 * @param schema - sees absent lists and maps as empty, absent optional fields as missing, 64-bit integers as decimal
 *   texts, and beside each union a key with the union's name that names the field set.
 * @throws {WireError} if the bytes are no such message or the schema refuses its content.
 */
export function decodeMessage<T>(name: MessageName, bytes: Uint8Array, schema: z.ZodType<T>): T {
  const type = root.lookupType(`ecopt.v1.${name}`);
  let plain: unknown;
  try {
    const message = type.decode(bytes);
    plain = type.toObject(message, { longs: String, defaults: true, arrays: true, objects: true, oneofs: true });
  } catch (cause) {
    throw new WireError(`not a valid ${name}`, { bytes: bytes.length }, { cause });
  }
  const result = schema.safeParse(withoutNulls(plain));
  if (!result.success) throw new WireError(`${name}: ${z.prettifyError(result.error)}`, { bytes: bytes.length });
  return result.data;
}

/** Absent sub-messages come as null; a missing key says it better. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, inner]) => inner !== null)
      .map(([key, inner]) => [key, withoutNulls(inner)]),
  );
}
