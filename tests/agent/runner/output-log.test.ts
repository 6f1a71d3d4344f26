import fc from 'fast-check';
import { join } from 'node:path';
import { expect, test } from 'vitest';

import { openOutputLog } from '../../../agent/runner/output-log.js';
import { temporaryFolder } from '../temporary-folder.js';

const log = (folder: string, headBytes: number, tailBytes: number) =>
  openOutputLog(join(folder, 'output.log'), { headBytes, tailBytes });

test('what fits is kept whole, whatever its pieces', () => {
  const folder = temporaryFolder();
  fc.assert(
    fc.property(fc.array(fc.string({ maxLength: 12 }), { maxLength: 10 }), (pieces) => {
      const output = log(folder, 200, 50);
      for (const piece of pieces) output.write(Buffer.from(piece));
      output.close();
      expect(output.text()).toBe(pieces.join('').slice(0, 4000));
    }),
    { numRuns: 50 },
  );
});

test('of what does not fit, beginning and end are kept, and the gap is counted', () => {
  const folder = temporaryFolder();
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 30 }), { minLength: 1, maxLength: 12 }), (sizes) => {
      const whole = Array.from({ length: sizes.reduce((a, b) => a + b, 0) }, (_, i) => String(i % 10)).join('');
      const output = log(folder, 20, 10);
      let at = 0;
      for (const size of sizes) output.write(Buffer.from(whole.slice(at, (at += size))));
      output.close();
      const gap = whole.length - 30;
      const said = gap > 0 ? `${whole.slice(0, 20)}\n[${gap} bytes left out]\n${whole.slice(-10)}` : whole;
      expect(output.text()).toBe(said);
    }),
    { numRuns: 100 },
  );
});

test('the tail begins with a whole line', () => {
  const output = log(temporaryFolder(), 100, 100);
  output.write(Buffer.from('first\nsecond\nthird\n'));
  expect(output.tail(14)).toBe('second\nthird\n');
  expect(output.tail(13)).toBe('third\n');
  expect(output.tail(100)).toBe('first\nsecond\nthird\n');
  output.close();
});
