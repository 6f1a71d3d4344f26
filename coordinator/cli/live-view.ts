/** A campaign on a terminal: one picture that is redrawn in place, with notes and new machines written above it. */

import type { Clock } from '../../shared/runtime/clock.js';
import { renderMachine } from '../../shared/runtime/machine-text.js';
import { printable, wrapText } from '../../shared/runtime/terminal-text.js';
import type { CampaignSnapshot } from '../campaign/snapshot.js';
import { eventsBetween, type CampaignEvent } from './campaign-event.js';
import type { CampaignFinal, CampaignView, TerminalSize, ViewStream } from './campaign-view.js';
import { eventText } from './event-text.js';
import { finalLines } from './final-view.js';
import { liveFrame } from './live-frame.js';
import { erasing, redrawing, type Picture } from './picture.js';

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

const NOTHING: Picture = { lines: [], width: 0, rows: 0 };

const HIDE_CURSOR = '\u001B[?25l';
const SHOW_CURSOR = '\u001B[?25h';
class LiveView implements CampaignView {
  readonly #options: LiveViewOptions;
  readonly #timer: Disposable;
  readonly #showCursor = (): void => void this.#options.stream.write(SHOW_CURSOR);
  #snapshot: CampaignSnapshot | undefined;
  #takenNanoseconds = 0n;
  #shown: Picture = { lines: [], width: 0, rows: 0 };
  #described = 0;
  #open = true;

  constructor(options: LiveViewOptions) {
    this.#options = options;
    this.#timer = options.clock.every(REDRAW_MILLISECONDS, () => this.#redraw());
    options.stream.write(HIDE_CURSOR);
    // Whatever ends the process, the person gets the cursor back.
    process.once('exit', this.#showCursor);
  }

  update(snapshot: CampaignSnapshot): void {
    const first = this.#snapshot === undefined;
    const events = eventsBetween(this.#snapshot, snapshot);
    this.#snapshot = snapshot;
    this.#takenNanoseconds = this.#options.clock.monotonicNanoseconds();
    const above = events.flatMap((event) => this.#linesAbove(event, snapshot));
    if (above.length > 0) this.#replace(above, this.#picture());
    else if (first) this.#redraw();
  }

  note(line: string): void {
    this.#replace(wrapText(printable(line), this.#options.size.width()), this.#picture());
  }

  close(final: CampaignFinal): void {
    const { size, color } = this.#options;
    this.#replace(finalLines(final, { width: size.width(), color }), NOTHING);
    this[Symbol.dispose]();
  }

  [Symbol.dispose](): void {
    if (!this.#open) return;
    this.#open = false;
    this.#timer[Symbol.dispose]();
    process.off('exit', this.#showCursor);
    this.#showCursor();
  }

  #picture(): Picture {
    if (!this.#snapshot) return NOTHING;
    const { size, color, clock } = this.#options;
    const [width, rows] = [size.width(), size.rows()];
    const ageSeconds = Number(clock.monotonicNanoseconds() - this.#takenNanoseconds) / 1e9;
    return { lines: liveFrame(this.#snapshot, { width, height: rows - 1, color, ageSeconds }), width, rows };
  }

  #redraw(): void {
    const next = this.#picture();
    const change = redrawing(this.#shown, next);
    this.#shown = next;
    if (change !== '') this.#options.stream.write(change);
  }

  /** Puts lines where the picture was and the next picture below them, in one write: nothing flickers. */
  #replace(lines: readonly string[], next: Picture): void {
    const { stream, size } = this.#options;
    stream.write(
      erasing(this.#shown, size.width()) + lines.map((line) => `${line}\n`).join('') + redrawing(NOTHING, next),
    );
    this.#shown = next;
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
