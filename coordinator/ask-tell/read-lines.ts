/** Bytes to lines, with no more of them in memory than one line may have. */

/** One line of the input, counting from 1. */
export type InputLine =
  { readonly number: number; readonly text: string } | { readonly number: number; readonly fault: string };

/** Longest line. */
const MOST_BYTES = 2 ** 20;
const NEWLINE = 0x0a;

/**
 * The lines of a stream, without their ends; the last one needs none. Lines of white space alone are counted and left
 * out. What is too long or no text comes as a fault, and the lines after it are read on.
 */
export async function* readLines(input: AsyncIterable<Uint8Array>): AsyncGenerator<InputLine, void> {
  let parts: Uint8Array[] = [];
  let bytes = 0;
  let number = 0;
  const add = (part: Uint8Array): void => {
    bytes += part.length;
    if (bytes <= MOST_BYTES) parts.push(part);
    else parts = [];
  };
  const take = (): InputLine | undefined => {
    const line = lineOf(++number, parts, bytes);
    [parts, bytes] = [[], 0];
    return 'text' in line && line.text.trim() === '' ? undefined : line;
  };
  for await (const chunk of input) {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      add(chunk.subarray(start, end));
      start = end + 1;
      const line = take();
      if (line) yield line;
    }
    // A copy: the rest of a large chunk must not stay in memory for the sake of its end.
    if (start < chunk.length) add(chunk.slice(start));
  }
  const last = bytes > 0 ? take() : undefined;
  if (last) yield last;
}

function lineOf(number: number, parts: readonly Uint8Array[], bytes: number): InputLine {
  if (bytes > MOST_BYTES) return { number, fault: `is longer than ${MOST_BYTES} bytes. Split it into several lines.` };
  try {
    return { number, text: new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(parts)) };
  } catch {
    return { number, fault: 'is not UTF-8 text. Write JSON as UTF-8.' };
  }
}
