/** A campaign as plain lines, one per change of state: for files, pipes and terminals without cursor movement. */

import { renderMachine } from '../../shared/runtime/machine-text.js';
import { printable } from '../../shared/runtime/terminal-text.js';
import type { CampaignSnapshot } from '../campaign/snapshot.js';
import { eventsBetween } from './campaign-event.js';
import type { CampaignView, ViewStream } from './campaign-view.js';
import { eventText } from './event-text.js';
import { finalLines } from './final-view.js';

/** Columns that blocks and tables take where nobody says how wide a line may be. */
const PLAIN_WIDTH = 100;

/** Machines that are described in full; of later ones one line is said. */
const DESCRIBED_MACHINES = 4;

export function openPlainView(stream: ViewStream): CampaignView {
  let last: CampaignSnapshot | undefined;
  let described = 0;
  const write = (lines: readonly string[]): void => void stream.write(lines.map((line) => `${line}\n`).join(''));
  return {
    update(snapshot) {
      const events = eventsBetween(last, snapshot);
      last = snapshot;
      for (const event of events) {
        const text = eventText(event, snapshot);
        if (text !== undefined) write([`${clockText(snapshot.activeSeconds)}  ${printable(text)}`]);
        if (event.kind === 'agent-joined' && described++ < DESCRIBED_MACHINES) {
          const block = renderMachine(event.agent.machine, { color: false, width: PLAIN_WIDTH - INDENT.length });
          write(block.map((line) => INDENT + line));
        }
      }
    },
    note: (line) => write([`${clockText(last?.activeSeconds ?? 0)}  ${printable(line)}`]),
    close: (final) => write(finalLines(final, { width: PLAIN_WIDTH, color: false })),
    [Symbol.dispose]: () => undefined,
  };
}

const INDENT = ' '.repeat('00:00:00  '.length);

/** Hours, minutes and seconds of serving: lines of one width that sort. */
function clockText(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return parts.map((part) => String(part).padStart(2, '0')).join(':');
}
