/** Records in an append-only file that may have been cut off at any byte. */

import { crc32 } from 'node:zlib';

/** Length and checksum, four bytes each, little-endian. */
const HEADER_BYTES = 8;
const MAX_PAYLOAD_BYTES = 16 * 2 ** 20;

/** One record: length, CRC-32, payload. */
export function encodeFrame(payload: Uint8Array): Buffer {
  const frame = Buffer.alloc(HEADER_BYTES + payload.length);
  frame.writeUInt32LE(payload.length, 0);
  frame.writeUInt32LE(crc32(payload), 4);
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

/** An all-zero header (a file that grew but was never filled) has the checksum of nothing: length 0 is no record. */
function payloadAt(bytes: Buffer, offset: number): Buffer | undefined {
  if (offset + HEADER_BYTES > bytes.length) return undefined;
  const length = bytes.readUInt32LE(offset);
  const begin = offset + HEADER_BYTES;
  if (length === 0 || length > MAX_PAYLOAD_BYTES || begin + length > bytes.length) return undefined;
  const payload = bytes.subarray(begin, begin + length);
  return crc32(payload) === bytes.readUInt32LE(offset + 4) ? payload : undefined;
}
