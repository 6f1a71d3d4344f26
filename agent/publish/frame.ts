/** Records in an append-only file that may have been cut off at any byte. */

import { createHash } from 'node:crypto';

/** Length (little-endian), then the first bytes of the payload's SHA-256. */
const LENGTH_BYTES = 4;
const CHECK_BYTES = 4;
const HEADER_BYTES = LENGTH_BYTES + CHECK_BYTES;
const MAX_PAYLOAD_BYTES = 16 * 2 ** 20;

/** One record: length, checksum, payload. */
export function encodeFrame(payload: Uint8Array): Buffer {
  const frame = Buffer.alloc(HEADER_BYTES + payload.length);
  frame.writeUInt32LE(payload.length, 0);
  frame.set(checksum(payload), LENGTH_BYTES);
  frame.set(payload, HEADER_BYTES);
  return frame;
}

export interface DecodedFrames {
  readonly payloads: readonly Buffer[];
  /** Bytes up to the end of the last whole record; what follows was cut off while it was written. */
  readonly validBytes: number;
}

/** Reads records up to the first that is not whole. */
export function decodeFrames(bytes: Buffer): DecodedFrames {
  const payloads: Buffer[] = [];
  let offset = 0;
  for (;;) {
    const payload = payloadAt(bytes, offset);
    if (payload === undefined) return { payloads, validBytes: offset };
    payloads.push(payload);
    offset += HEADER_BYTES + payload.length;
  }
}

function payloadAt(bytes: Buffer, offset: number): Buffer | undefined {
  if (offset + HEADER_BYTES > bytes.length) return undefined;
  const length = bytes.readUInt32LE(offset);
  const begin = offset + HEADER_BYTES;
  if (length > MAX_PAYLOAD_BYTES || begin + length > bytes.length) return undefined;
  const payload = bytes.subarray(begin, begin + length);
  return checksum(payload).equals(bytes.subarray(offset + LENGTH_BYTES, begin)) ? payload : undefined;
}

const checksum = (payload: Uint8Array): Buffer =>
  createHash('sha256').update(payload).digest().subarray(0, CHECK_BYTES);
