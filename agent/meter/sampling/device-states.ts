/** What is observed of one device beside its energy, and what that means for the windows it falls into. */

import type { WindowEvent } from '../../../shared/domain/measurement.js';
import type { DeviceCondition, ProbedDevice, ThrottleReason } from '../energy-source.js';
import type { Ledger } from '../ledger/ledger.js';
import type { Strangers } from '../meter.js';

interface Temperature {
  readonly at: bigint;
  readonly celsius: number;
}

/** A temperature seen this far from an instant still tells what it was, in nanoseconds. */
const TEMPERATURE_REACH_NANOSECONDS = 3_000_000_000n;

/**
 * States are seen about once a second. What holds at one look is taken to hold from the look before to the look after:
 * a stranger or a throttled clock may have come or gone at any instant between.
 */
export class DeviceStates {
  readonly #ledger: Ledger | undefined;
  #latest: DeviceCondition | undefined;
  #strangers: Strangers;
  #temperatures: Temperature[] = [];

  constructor(probed: ProbedDevice, ledger: Ledger | undefined) {
    this.#ledger = ledger;
    this.#strangers = unobserved(probed);
  }

  get latest(): DeviceCondition | undefined {
    return this.#latest;
  }

  /** Instant of the last look; `undefined` before the first. */
  get knownUntil(): bigint | undefined {
    return this.#latest?.atNanoseconds;
  }

  get strangers(): Strangers {
    return this.#strangers;
  }

  /** What marks every window of a device that nobody observes. */
  get standingMarks(): readonly WindowEvent[] {
    return this.#latest === undefined && this.#strangers.kind === 'unknown' ? ['other-processes-unknown'] : [];
  }

  /** @param areTolerated - Strangers only mark the windows in which they were there. */
  add(condition: DeviceCondition, strangers: Strangers, areTolerated: boolean): void {
    const before = this.#latest;
    const from = before?.atNanoseconds ?? condition.atNanoseconds;
    const to = condition.atNanoseconds;
    const throttled = [...(before?.throttled ?? []), ...(condition.throttled ?? [])];
    if (throttled.some(isCap)) this.#ledger?.note('power-capped', from, to);
    if (throttled.some((reason) => !isCap(reason))) this.#ledger?.note('throttled', from, to);
    for (const seen of before === undefined ? [strangers] : [this.#strangers, strangers]) {
      this.#noteStrangers(seen, areTolerated, { from, to });
    }
    this.#latest = condition;
    this.#strangers = strangers;
    const { temperatureCelsius: celsius } = condition;
    if (celsius !== undefined) this.#temperatures.push({ at: to, celsius });
  }

  /** At both edges of a window; `undefined` unless both are known. */
  temperatures(start: bigint, end: bigint): { readonly start: number; readonly end: number } | undefined {
    const [first, last] = [this.#temperatureAt(start), this.#temperatureAt(end)];
    return first === undefined || last === undefined ? undefined : { start: first, end: last };
  }

  forgetBefore(instant: bigint): void {
    const keep = this.#temperatures.findLastIndex(({ at }) => at <= instant);
    if (keep > 0) this.#temperatures = this.#temperatures.slice(keep);
  }

  #noteStrangers(seen: Strangers, areTolerated: boolean, { from, to }: { from: bigint; to: bigint }): void {
    if (seen.kind === 'unknown') this.#ledger?.note('other-processes-unknown', from, to);
    if (seen.kind !== 'present') return;
    if (areTolerated) return this.#ledger?.note('other-processes', from, to);
    const [first] = seen.processes;
    if (first !== undefined) this.#ledger?.contaminate(from, to, contamination(first));
  }

  #temperatureAt(instant: bigint): number | undefined {
    const after = this.#temperatures.findLastIndex(({ at }) => at <= instant) + 1;
    const near = [this.#temperatures[after - 1], this.#temperatures[after]].filter(
      (one) => one !== undefined && distance(one.at, instant) <= TEMPERATURE_REACH_NANOSECONDS,
    );
    const [a, b] = near;
    if (a === undefined || b === undefined || a.at === b.at) return a?.celsius;
    const share = Number(instant - a.at) / Number(b.at - a.at);
    return a.celsius + share * (b.celsius - a.celsius);
  }
}

/** Simulated devices and what trials share by processor time have no strangers of their own. */
function unobserved({ part, provenance, source }: ProbedDevice): Strangers {
  if (part !== 'accelerator' || provenance === 'simulated') return { kind: 'none' };
  return { kind: 'unknown', reason: `${source} does not tell which processes use the device` };
}

const isCap = (reason: ThrottleReason): boolean => reason === 'power-cap';

const contamination = ({ pid, name }: { readonly pid: number; readonly name?: string }): string =>
  `contaminated: process ${pid}${name === undefined ? '' : ` (${name})`} used the device`;

const distance = (a: bigint, b: bigint): bigint => (a > b ? a - b : b - a);
