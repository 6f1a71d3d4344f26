/** What a program has said over the trial protocol so far: metrics, progress and the windows that it marked. */

import type { WindowKey } from '../../shared/domain/measurement.js';
import { parseNumber } from './loose-json.js';
import type { SequencedLine } from './trial-socket.js';

/** A window with both edges. */
export interface MarkedWindow extends WindowKey {
  readonly startNanoseconds: bigint;
  readonly endNanoseconds: bigint;
  readonly items?: number;
  readonly unit?: string;
}

export type Infeasible = Extract<SequencedLine, { type: 'infeasible' }>;
type OpenWindow = WindowKey & { readonly startNanoseconds: bigint };
type WindowLine = Extract<SequencedLine, { type: 'window' }>;
type ReportLine = Extract<SequencedLine, { type: 'report' }>;

/** Instants of the monotonic clock between which a program can have marked anything. */
export interface MarkBounds {
  readonly beginNanoseconds: bigint;
  nowNanoseconds(): bigint;
}

/** So many that no program needs more, so few that an outcome stays a message. */
export const MAX_WINDOWS = 1000;
const MAX_METRICS = 1000;
const MAX_NAME_LENGTH = 200;
/** Counts travel as 32-bit integers. */
const MAX_COUNT = 2 ** 32 - 1;
const MAX_FACTS = 64;
const MAX_FACT_LENGTH = 1000;

/** Grows line by line; a line that cannot be right is refused and changes nothing, but for a report with too many metrics. */
export class ProgramRecord {
  readonly #bounds: MarkBounds;
  readonly #wanted: ReadonlySet<string>;
  readonly #refused = new Map<string, string>();
  readonly #open = new Map<string, OpenWindow>();
  readonly #windows: MarkedWindow[] = [];
  readonly #metrics = new Map<string, number>();
  #step = 0;
  #fraction: number | undefined;
  #reports = 0;
  #infeasible: Infeasible | undefined;
  #facts: Readonly<Record<string, string>> | undefined;

  /** @param wanted - metrics for which there is room whatever else is reported. */
  constructor(bounds: MarkBounds, wanted: readonly string[] = []) {
    this.#bounds = bounds;
    this.#wanted = new Set(wanted);
  }

  get windows(): readonly MarkedWindow[] {
    return this.#windows;
  }
  /** Last value of each metric; NaN and infinities included. */
  get metrics(): ReadonlyMap<string, number> {
    return this.#metrics;
  }
  /** Why a wanted metric that was reported is not among them. */
  get refusedMetrics(): ReadonlyMap<string, string> {
    return this.#refused;
  }
  get step(): number {
    return this.#step;
  }
  get fraction(): number | undefined {
    return this.#fraction;
  }
  get reports(): number {
    return this.#reports;
  }
  get infeasible(): Infeasible | undefined {
    return this.#infeasible;
  }
  /** Present once the program has said that all is done. */
  get done(): { readonly facts: Readonly<Record<string, string>> } | undefined {
    return this.#facts && { facts: this.#facts };
  }
  /** Names of windows that were opened and never closed. */
  get unclosed(): readonly string[] {
    return [...this.#open.keys()];
  }

  /** Closed windows of a kind and label, in the order of their ends. */
  windowsOf(kind: string, label: string): readonly MarkedWindow[] {
    return this.#windows.filter((window) => window.kind === kind && window.label === label);
  }
  isOpen(kind: string, label: string): boolean {
    return [...this.#open.values()].some((window) => window.kind === kind && window.label === label);
  }

  /** Takes a line; a text says why it was refused. */
  take(line: SequencedLine): string | undefined {
    switch (line.type) {
      case 'report':
        return this.#report(line);
      case 'window':
        return line.edge === 'open' ? this.#openWindow(line) : this.#closeWindow(line);
      case 'infeasible':
        this.#infeasible = { ...line, message: line.message.slice(0, MAX_FACT_LENGTH) };
        return undefined;
      case 'checkpoint':
        return undefined;
      case 'done':
        this.#facts = bounded(line.facts);
        return undefined;
    }
  }

  #report(line: ReportLine): string | undefined {
    const names = Object.keys(line.metrics);
    const fault = reportFault(line);
    for (const name of names) if (fault !== undefined && this.#wanted.has(name)) this.#refused.set(name, fault);
    if (fault !== undefined) return fault;
    const tooMany = this.#withoutRoom(names);
    for (const [name, value] of Object.entries(line.metrics)) {
      if (!tooMany.has(name)) this.#metrics.set(name, parseNumber(value) ?? NaN);
    }
    this.#step = line.step;
    this.#fraction = line.fraction;
    this.#reports += 1;
    const [first] = tooMany;
    return first === undefined ? undefined : leftOut(first, tooMany.size);
  }

  /** New metrics beyond the limit. */
  #withoutRoom(names: readonly string[]): ReadonlySet<string> {
    const others = [...this.#metrics.keys()].filter((name) => !this.#wanted.has(name));
    const fresh = names.filter((name) => !this.#metrics.has(name) && !this.#wanted.has(name));
    return new Set(fresh.slice(Math.max(0, MAX_METRICS - others.length)));
  }

  #openWindow(line: WindowLine): string | undefined {
    const name = windowName(line);
    const at = BigInt(line.monotonic_ns);
    if ([line.kind, line.label].some(isTooLong)) return TOO_LONG;
    if (OWN_KINDS.includes(line.kind)) return ownKind(line.kind);
    if (line.ordinal > MAX_COUNT) return `an ordinal is at most ${MAX_COUNT}`;
    if (this.#open.has(name)) return `the window ${name} is open already`;
    if (this.#windows.some((window) => windowName(window) === name)) return `the window ${name} was closed already`;
    if (this.#windows.length + this.#open.size >= MAX_WINDOWS) return `a trial has at most ${MAX_WINDOWS} windows`;
    if (!this.#isPossible(at)) return foreignClock(name);
    const { kind, label, ordinal } = line;
    this.#open.set(name, { kind, label, ordinal, startNanoseconds: at });
    return undefined;
  }

  #closeWindow(line: WindowLine): string | undefined {
    const name = windowName(line);
    const endNanoseconds = BigInt(line.monotonic_ns);
    const opened = this.#open.get(name);
    if (opened === undefined) return `the window ${name} is not open`;
    const { startNanoseconds } = opened;
    if (!this.#isPossible(endNanoseconds)) return foreignClock(name);
    if (isTooLong(line.unit ?? '')) return TOO_LONG;
    if (endNanoseconds < startNanoseconds) return `the window ${name} ends before it begins`;
    this.#open.delete(name);
    const { kind, label, ordinal, items, unit } = line;
    const counted = { ...(items !== undefined && { items }), ...(unit !== undefined && { unit }) };
    this.#windows.push({ kind, label, ordinal, startNanoseconds, endNanoseconds, ...counted });
    return undefined;
  }

  #isPossible(at: bigint): boolean {
    return at >= this.#bounds.beginNanoseconds && at <= this.#bounds.nowNanoseconds();
  }
}

function reportFault({ step, metrics }: ReportLine): string | undefined {
  if (Object.keys(metrics).some(isTooLong)) return TOO_LONG;
  return step > MAX_COUNT ? `a step is at most ${MAX_COUNT}` : undefined;
}

const leftOut = (first: string, count: number): string =>
  `a trial has at most ${MAX_METRICS} metrics: ${first}${count > 1 ? ` and ${count - 1} more are` : ' is'} left out, the rest of the report is taken`;

const windowName = ({ kind, label, ordinal }: WindowKey): string => `${kind}/${label}/${ordinal}`;

const foreignClock = (name: string): string =>
  `monotonic_ns of the window ${name} is not an instant of this trial: it must come from CLOCK_MONOTONIC`;

/** What the agent meters before the program starts; energy net of idle rests on it. */
const OWN_KINDS: readonly string[] = ['idle', 'cool-down'];

const ownKind = (kind: string): string =>
  `windows of the kind ${kind} are the agent's own, from before the program: use another kind, such as pause`;

const isTooLong = (text: string): boolean => text.length > MAX_NAME_LENGTH;
const TOO_LONG = `a name has at most ${MAX_NAME_LENGTH} characters`;

const bounded = (facts: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(facts)
      .slice(0, MAX_FACTS)
      .map(([name, text]) => [name.slice(0, MAX_NAME_LENGTH), text.slice(0, MAX_FACT_LENGTH)]),
  );
