/** A campaign on a terminal: one picture that is redrawn in place, with notes and new machines written above it. */

import { stripVTControlCharacters } from 'node:util';
import { createLogUpdate } from 'log-update';

import type { Clock } from '../../shared/runtime/clock.js';
import { renderMachine } from '../../shared/runtime/machine-text.js';
import { printable, textWidth, wrapText } from '../../shared/runtime/terminal-text.js';
import type { CampaignSnapshot } from '../campaign/snapshot.js';
import { eventsBetween, type CampaignEvent } from './campaign-event.js';
import type { CampaignFinal, CampaignView, TerminalSize, ViewStream } from './campaign-view.js';
import { eventText } from './event-text.js';
import { finalLines } from './final-view.js';
import { liveFrame } from './live-frame.js';

export interface LiveViewOptions {
  readonly stream: ViewStream;
  readonly size: TerminalSize;
  readonly color: boolean;
  readonly clock: Clock;
}

export const openLiveView = (options: LiveViewOptions): CampaignView => new LiveView(options);

/** Pictures are at least this far apart. */
const REDRAW_MILLISECONDS = 200;

/** Machines that are described in full; of later ones one line is said. */
const DESCRIBED_MACHINES = 4;

const HIDE_CURSOR = '\u001B[?25l';
const SHOW_CURSOR = '\u001B[?25h';
const ERASE_BELOW = '\u001B[J';
const linesUp = (count: number): string => `\r\u001B[${count}A`;

class LiveView implements CampaignView {
  readonly #options: LiveViewOptions;
  readonly #picture: ReturnType<typeof createLogUpdate>;
  readonly #timer: Disposable;
  readonly #showCursor = (): void => void this.#options.stream.write(SHOW_CURSOR);
  #snapshot: CampaignSnapshot | undefined;
  #takenNanoseconds = 0n;
  #shown: { readonly lines: readonly string[]; readonly width: number } = { lines: [], width: 0 };
  #described = 0;
  #open = true;

  constructor(options: LiveViewOptions) {
    this.#options = options;
    this.#picture = createLogUpdate(terminalOf(options), { showCursor: true });
    this.#timer = options.clock.every(REDRAW_MILLISECONDS, () => this.#draw());
    options.stream.write(HIDE_CURSOR);
    // Whatever ends the process, the person gets the cursor back.
    process.once('exit', this.#showCursor);
  }

  update(snapshot: CampaignSnapshot): void {
    const first = this.#snapshot === undefined;
    const events = eventsBetween(this.#snapshot, snapshot);
    this.#snapshot = snapshot;
    this.#takenNanoseconds = this.#options.clock.monotonicNanoseconds();
    this.#writeAbove(events.flatMap((event) => this.#linesAbove(event, snapshot)));
    if (first) this.#draw();
  }

  note(line: string): void {
    this.#writeAbove(wrapText(printable(line), this.#options.size.width()));
  }

  close(final: CampaignFinal): void {
    const { size, color, stream } = this.#options;
    this.#forgetIfResized();
    this.#picture.clear();
    this[Symbol.dispose]();
    stream.write(
      finalLines(final, { width: size.width(), color })
        .map((line) => `${line}\n`)
        .join(''),
    );
  }

  [Symbol.dispose](): void {
    if (!this.#open) return;
    this.#open = false;
    this.#timer[Symbol.dispose]();
    this.#picture.done();
    process.off('exit', this.#showCursor);
    this.#showCursor();
  }

  #draw(): void {
    const snapshot = this.#snapshot;
    if (!snapshot) return;
    const { size, color, clock } = this.#options;
    this.#forgetIfResized();
    const ageSeconds = Number(clock.monotonicNanoseconds() - this.#takenNanoseconds) / 1e9;
    const width = size.width();
    const lines = liveFrame(snapshot, { width, height: size.rows() - 1, color, ageSeconds });
    this.#picture(lines.join('\n'));
    this.#shown = { lines, width };
  }

  /** After a change of width the terminal has wrapped the old picture anew: remove it by its new height. */
  #forgetIfResized(): void {
    const { stream, size } = this.#options;
    const width = size.width();
    const { lines, width: before } = this.#shown;
    if (width === before || lines.length === 0) return;
    const height = lines.reduce((sum, line) => sum + wrappedHeight(line, width), 0);
    stream.write(linesUp(height) + ERASE_BELOW);
    this.#picture.done();
    this.#shown = { lines: [], width };
  }

  #writeAbove(lines: readonly string[]): void {
    if (lines.length === 0) return;
    this.#forgetIfResized();
    this.#picture.persist(lines.join('\n'));
    this.#shown = { lines: [], width: this.#options.size.width() };
    this.#draw();
  }

  /** What stays readable above the picture: who came and went. Everything else is in the picture. */
  #linesAbove(event: CampaignEvent, snapshot: CampaignSnapshot): string[] {
    const width = this.#options.size.width();
    switch (event.kind) {
      case 'agent-joined': {
        const { machine, name } = event.agent;
        if (this.#described >= DESCRIBED_MACHINES) return wrapText(printable(eventText(event, snapshot) ?? ''), width);
        this.#described += 1;
        const block = renderMachine(machine, { color: this.#options.color, width });
        return [...wrapText(printable(`agent ${name} joined`), width), ...block, ''];
      }
      case 'agent-left':
      case 'agent-quarantined':
      case 'agent-readmitted':
        return wrapText(printable(eventText(event, snapshot) ?? ''), width);
      default:
        return [];
    }
  }
}

const wrappedHeight = (line: string, width: number): number =>
  Math.max(1, Math.ceil(textWidth(stripVTControlCharacters(line)) / Math.max(1, width)));

/** The picture's library asks a stream for nothing but these three. */
function terminalOf({ stream, size }: LiveViewOptions): NodeJS.WritableStream {
  const terminal = {
    write: (text: string): unknown => stream.write(text),
    get columns(): number {
      return size.width();
    },
    get rows(): number {
      return size.rows();
    },
  };
  return terminal as unknown as NodeJS.WritableStream;
}
