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
  readonly #screen: Screen;
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
    this.#screen = new Screen(options);
    this.#picture = createLogUpdate(this.#screen as unknown as NodeJS.WritableStream, { showCursor: true });
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
    const ageSeconds = Number(clock.monotonicNanoseconds() - this.#takenNanoseconds) / 1e9;
    const width = size.width();
    const lines = liveFrame(snapshot, { width, height: size.rows() - 1, color, ageSeconds });
    this.#screen.atOnce(() => {
      this.#forgetIfResized();
      // The library's patching of single lines is right only between pictures of one height.
      if (lines.length !== this.#shown.lines.length) this.#picture.clear();
      this.#picture(lines.join('\n'));
    });
    this.#shown = { lines, width };
  }

  /** After a change of width the terminal has wrapped the old picture anew: remove it by its new height. */
  #forgetIfResized(): void {
    const width = this.#options.size.width();
    const { lines, width: before } = this.#shown;
    if (width === before || lines.length === 0) return;
    const height = lines.reduce((sum, line) => sum + wrappedHeight(line, width), 0);
    this.#screen.write(linesUp(height) + ERASE_BELOW);
    this.#picture.done();
    this.#shown = { lines: [], width };
  }

  #writeAbove(lines: readonly string[]): void {
    if (lines.length === 0) return;
    this.#screen.atOnce(() => {
      this.#forgetIfResized();
      this.#picture.clear();
      this.#screen.write(lines.map((line) => `${line}\n`).join(''));
      this.#shown = { lines: [], width: this.#options.size.width() };
      this.#draw();
    });
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
      case 'agent-unfit':
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

/** What the picture's library asks of a stream, with the writes of one action held back to its end: nothing flickers. */
class Screen {
  readonly #options: LiveViewOptions;
  #depth = 0;
  #held = '';

  constructor(options: LiveViewOptions) {
    this.#options = options;
  }

  get columns(): number {
    return this.#options.size.width();
  }

  get rows(): number {
    return this.#options.size.rows();
  }

  write(text: string): boolean {
    if (this.#depth > 0) this.#held += text;
    else this.#options.stream.write(text);
    return true;
  }

  atOnce(action: () => void): void {
    this.#depth += 1;
    try {
      action();
    } finally {
      this.#depth -= 1;
      if (this.#depth === 0 && this.#held !== '') this.#options.stream.write(this.#held);
      if (this.#depth === 0) this.#held = '';
    }
  }
}
