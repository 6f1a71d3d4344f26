/** What a program printed: the first and the last part of it, bounded on disk and in memory however much there is. */

import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';

export interface OutputLog {
  write(chunk: Uint8Array): void;
  /** The last whole lines, at most `bytes` long. */
  tail(bytes: number): string;
  /** Ends the file; bytes that were left out are said in it. Call once. */
  close(): void;
  /** Everything that was kept; after `close`. */
  text(): string;
}

export interface OutputLogOptions {
  /** Kept from the beginning. */
  readonly headBytes: number;
  /** Kept from the end. */
  readonly tailBytes: number;
}

const DEFAULTS: OutputLogOptions = { headBytes: 8 * 2 ** 20, tailBytes: 2 ** 20 };

/** Opens the log file of one program. A disk that fills up costs the file its end, never the trial. */
export function openOutputLog(path: string, options: OutputLogOptions = DEFAULTS): OutputLog {
  const file = openSync(path, 'w', 0o600);
  const recent = new RecentBytes(options.tailBytes);
  let written = 0;
  let seen = 0;

  const append = (bytes: Uint8Array): void => {
    try {
      for (let offset = 0; offset < bytes.length;) offset += writeSync(file, bytes, offset);
    } catch {
      // The tail in memory goes on; metrics are looked for there as well.
    }
  };

  return {
    write(chunk) {
      seen += chunk.length;
      recent.add(chunk);
      const room = options.headBytes - written;
      if (room <= 0) return;
      const head = chunk.subarray(0, room);
      written += head.length;
      append(head);
    },
    tail: (bytes) => lastLines(recent.bytes(), bytes),
    close() {
      const kept = recent.bytes();
      const unwritten = Math.min(seen - written, kept.length);
      const leftOut = seen - written - unwritten;
      if (leftOut > 0) append(Buffer.from(`\n[${leftOut} bytes left out]\n`));
      append(kept.subarray(kept.length - unwritten));
      closeSync(file);
    },
    text() {
      try {
        return readFileSync(path, 'utf8');
      } catch {
        // A program may remove its own folder; what was kept in memory is still there.
        return Buffer.from(recent.bytes()).toString('utf8');
      }
    },
  };
}

/** The last bytes of a stream, in chunks, so that no byte is copied more than once before it is read. */
class RecentBytes {
  readonly #limit: number;
  readonly #chunks: Uint8Array[] = [];
  #length = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(chunk: Uint8Array): void {
    const kept = Buffer.from(chunk.subarray(-this.#limit));
    this.#chunks.push(kept);
    this.#length += kept.length;
    for (let [oldest] = this.#chunks; oldest && this.#length - oldest.length >= this.#limit; [oldest] = this.#chunks) {
      this.#chunks.shift();
      this.#length -= oldest.length;
    }
  }

  bytes(): Buffer {
    return Buffer.concat(this.#chunks).subarray(-this.#limit);
  }
}

function lastLines(bytes: Buffer, limit: number): string {
  if (bytes.length <= limit) return bytes.toString('utf8');
  const cut = bytes.subarray(-limit);
  const newline = cut.indexOf(0x0a);
  return cut.subarray(newline === -1 ? 0 : newline + 1).toString('utf8');
}
