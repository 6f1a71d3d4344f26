/** A terminal that understands what the live view writes, keeps what scrolls off, and wraps anew when it is resized. */

import { textWidth } from '../../../shared/runtime/terminal-text.js';

export interface SmallTerminal {
  readonly columns: number;
  readonly rows: number;
  readonly cursorVisible: boolean;
  /** Lines down to the cursor, scrolled off ones first, without trailing spaces; throws if anything stands below it. */
  lines(): string[];
  write(text: string): void;
  resize(columns: number, rows: number): void;
}

/** Escape sequences, line feed and carriage return, or text up to the next of these. */
const TOKEN = /\u001b\[(\??)(\d*)([A-Za-z])|\n|\r|[^\u001b\n\r]+/g;

export function smallTerminal(columns: number, rows: number): SmallTerminal {
  let size = { columns, rows };
  let lines = [''];
  let row = 0;
  let column = 0;
  let cursorVisible = true;
  const top = (): number => Math.max(0, lines.length - size.rows);

  function put(text: string): void {
    if (column + textWidth(text) > size.columns) throw new Error(`wider than the terminal: ${text}`);
    const line = (lines[row] ?? '').padEnd(column);
    lines[row] = line.slice(0, column) + text + line.slice(column + text.length);
    column += text.length;
  }

  function down(): void {
    row += 1;
    if (row === lines.length) lines.push('');
  }

  function control(count: number, letter: string): void {
    if (letter === 'A') row = Math.max(top(), row - count);
    else if (letter === 'B') row = Math.min(lines.length - 1, row + count);
    else if (letter === 'G') column = 0;
    else if (letter === 'K') lines[row] = (lines[row] ?? '').slice(0, count === 2 ? 0 : column);
    else if (letter === 'J') {
      lines[row] = (lines[row] ?? '').slice(0, column);
      lines = lines.slice(0, row + 1);
    } else if (letter !== 'm') throw new Error(`control sequence ${letter} is not known`);
  }

  function read([token, mark, digits, letter]: RegExpMatchArray): void {
    if (token === '\n') {
      down();
      column = 0;
    } else if (token === '\r') column = 0;
    else if (letter === undefined) put(token);
    else if (mark === '?') cursorVisible = letter === 'h';
    else control(digits === '' ? (letter === 'K' ? 0 : 1) : Number(digits), letter);
  }

  return {
    get columns() {
      return size.columns;
    },
    get rows() {
      return size.rows;
    },
    get cursorVisible() {
      return cursorVisible;
    },
    lines() {
      const below = lines
        .slice(row + 1)
        .join('')
        .trim();
      if (below !== '') throw new Error(`left below the cursor: ${below}`);
      return lines.slice(0, row + 1).map((line) => line.trimEnd());
    },
    write: (text) => [...text.matchAll(TOKEN)].forEach(read),
    resize(columns, rows) {
      size = { columns, rows };
      const wrapped = lines.map((line) => line.trimEnd().match(new RegExp(`.{1,${columns}}`, 'gu')) ?? ['']);
      row = wrapped.slice(0, row).flat().length;
      lines = wrapped.flat();
    },
  };
}
