import fc from 'fast-check';
import { expect, test } from 'vitest';

import { decodeFrames, encodeFrame } from '../../../agent/publish/frame.js';

const payloads = fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { minLength: 1, maxLength: 6 });
const plain = (found: readonly Uint8Array[]): number[][] => found.map((bytes) => [...bytes]);

test('what was written comes back', () => {
  fc.assert(
    fc.property(payloads, (written) => {
      const bytes = Buffer.concat(written.map(encodeFrame));
      expect(plain(decodeFrames(bytes).payloads)).toEqual(plain(written));
      expect(decodeFrames(bytes).validBytes).toBe(bytes.length);
    }),
  );
});

test('a file cut at any byte gives the whole records before the cut and nothing else', () => {
  fc.assert(
    fc.property(payloads, (written) => {
      const frames = written.map(encodeFrame);
      const bytes = Buffer.concat(frames);
      for (let cut = 0; cut <= bytes.length; cut++) {
        let whole = 0;
        let end = 0;
        while (whole < frames.length && end + frames[whole]!.length <= cut) end += frames[whole++]!.length;
        const { payloads: found, validBytes } = decodeFrames(bytes.subarray(0, cut));
        expect(plain(found)).toEqual(plain(written.slice(0, whole)));
        expect(validBytes).toBe(end);
      }
    }),
    { numRuns: 30 },
  );
});

test('a record with one flipped bit is not taken, nor what follows it', () => {
  fc.assert(
    fc.property(payloads, fc.nat(), (written, at) => {
      const frames = written.map(encodeFrame);
      const bytes = Buffer.concat(frames);
      const bit = at % (8 * frames[0]!.length);
      bytes[bit >> 3]! ^= 1 << (bit & 7);
      expect(decodeFrames(bytes).payloads).toEqual([]);
    }),
  );
});

test('a tail of zeros, as a crashed file system leaves it, is no record', () => {
  const bytes = Buffer.concat([encodeFrame(Buffer.from('a')), Buffer.alloc(64)]);
  expect(decodeFrames(bytes)).toEqual({ payloads: [Buffer.from('a')], validBytes: 9 });
});
