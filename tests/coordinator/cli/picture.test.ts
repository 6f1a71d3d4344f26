import fc from 'fast-check';
import { expect, test } from 'vitest';

import { erasing, redrawing, type Picture } from '../../../coordinator/cli/picture.js';
import { smallTerminal } from './small-terminal.js';

const picture = (lines: readonly string[], width = 20, rows = 8): Picture => ({ lines, width, rows });
const someLines = fc.array(fc.constantFrom('', 'a', 'b', 'abc', 'a longer line'), { maxLength: 7 });

test('whatever the pictures, the screen shows the last one and what was there before it', () => {
  fc.assert(
    fc.property(fc.array(someLines, { maxLength: 8 }), (pictures) => {
      const terminal = smallTerminal(20, 8);
      terminal.write('before\n');
      let shown = picture([]);
      for (const lines of pictures) {
        terminal.write(redrawing(shown, picture(lines)));
        shown = picture(lines);
        expect(terminal.lines()).toEqual(['before', ...lines, '']);
      }
      terminal.write(erasing(shown, 20));
      expect(terminal.lines()).toEqual(['before', '']);
    }),
  );
});

test('equal pictures write nothing, and only changed lines are written', () => {
  const before = picture(['one', 'two', 'three']);
  expect(redrawing(before, picture(['one', 'two', 'three']))).toBe('');
  expect(redrawing(before, picture(['one', 'new', 'three']))).toBe('\r\u001b[3A\nnew\u001b[K\n\n');
});
