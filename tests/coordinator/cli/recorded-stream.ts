/** A stream that keeps what was written to it. */

import type { ViewStream } from '../../../coordinator/cli/campaign-view.js';

export interface RecordedStream extends ViewStream {
  /** One entry per write. */
  readonly writes: string[];
  /** Everything written so far, in lines without their ends. */
  lines(): string[];
}

export function recordedStream(): RecordedStream {
  const writes: string[] = [];
  return {
    writes,
    write: (text) => writes.push(text),
    lines: () => writes.join('').split('\n').slice(0, -1),
  };
}
