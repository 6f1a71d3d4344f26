/** The whole machine at its wall plug: watts or joules from a smart plug, a power distribution unit or a baseboard controller. */

import type { SensorReport } from '../../../shared/domain/hardware.js';
import { deviceId, type DeviceId } from '../../../shared/domain/identity.js';
import type { Clock } from '../../../shared/runtime/clock.js';
import {
  FULL_COVERAGE,
  type EnergySource,
  type ProbedDevice,
  type Reading,
  type SensorTraits,
  type SourceProbe,
} from '../energy-source.js';
import { plausibleFigure, type WallFigure } from './wall-meter-figure.js';
import { askWallMeter } from './wall-meter-request.js';
import { WALL_UNITS, type WallMeterSettings } from './wall-meter-settings.js';

export interface WallMeterOptions {
  readonly clock: Clock;
  readonly settings: WallMeterSettings;
  /** How the meter is asked; another one in tests of the source alone. */
  readonly ask?: typeof askWallMeter;
}

/** One per agent: it is the meter of the machine that the agent runs on. */
export const WALL_METER = deviceId('wall-meter');
const SOURCE = 'wall-meter';
/** A meter that takes longer than this to answer is not there, in milliseconds. */
const LEAST_TIMEOUT = 5000;
const NANOSECONDS = 1_000_000n;

export function wallMeterSource(options: WallMeterOptions): EnergySource {
  return new WallMeterSource(options);
}

interface Answer {
  /** In the middle of the request. */
  readonly atNanoseconds: bigint;
  readonly figure: WallFigure;
}

class WallMeterSource implements EnergySource {
  readonly name = SOURCE;
  readonly pace = 'counter';
  readonly isAwaited = true;
  readonly #options: WallMeterOptions;
  readonly #ask: typeof askWallMeter;
  /** Aborted when the source is closed or the request takes too long; there is one request at a time. */
  #request: AbortController | undefined;
  #nextAt = 0n;
  #first: WallFigure = { ok: false, reason: 'it has not been asked yet' };
  #answers: Answer[] = [];
  #last: bigint | undefined;
  #isClosed = false;

  constructor(options: WallMeterOptions) {
    this.#options = options;
    this.#ask = options.ask ?? askWallMeter;
  }

  async prepare(): Promise<void> {
    const { figure } = await this.#answer();
    this.#first = figure;
  }

  probe(): SourceProbe {
    const first = this.#first;
    if (first.ok) return { found: [describe(this.#options.settings, first.decimals)], missing: [], versions: {} };
    return { found: [], missing: [absent(this.#options.settings, first.reason)], versions: {} };
  }

  sample(held: ReadonlySet<DeviceId>): readonly Reading[] {
    if (!held.has(WALL_METER)) return [];
    const { clock, settings } = this.#options;
    const now = clock.monotonicNanoseconds();
    if (this.#request === undefined && now >= this.#nextAt && !this.#isClosed) {
      this.#nextAt = now + BigInt(settings.periodMilliseconds) * NANOSECONDS;
      void this.#answer().then((answer) => this.#answers.push(answer));
    }
    return this.#answers.splice(0).map((answer) => this.#reading(answer));
  }

  close(): void {
    this.#isClosed = true;
    this.#request?.abort(new Error('the meter was closed'));
  }

  async #answer(): Promise<Answer> {
    const { clock, settings } = this.#options;
    const milliseconds = Math.max(LEAST_TIMEOUT, settings.periodMilliseconds);
    const request = new AbortController();
    this.#request = request;
    const giveUp = (): void => request.abort(new Error(`no answer within ${milliseconds / 1000} s`));
    using _timeout = clock.after(milliseconds, giveUp);
    const asked = clock.monotonicNanoseconds();
    const figure = plausibleFigure(await this.#ask(settings, request.signal), settings.unit);
    this.#request = undefined;
    return { atNanoseconds: (asked + clock.monotonicNanoseconds()) / 2n, figure };
  }

  #reading({ atNanoseconds, figure }: Answer): Reading {
    const core = { device: WALL_METER, atNanoseconds };
    if (!figure.ok) return { ...core, kind: 'failed', reason: `wall meter: ${figure.reason}` };
    const { measures, factor } = WALL_UNITS[this.#options.settings.unit];
    const micro = BigInt(Math.round(figure.value * factor * 1e6));
    if (measures === 'power') return { ...core, kind: 'power', microwatts: micro };
    const wentBack = this.#last !== undefined && micro < this.#last;
    this.#last = micro;
    return { ...core, kind: 'energy', microjoules: micro, ...(wentBack && { flag: 'discontinuity' }) };
  }
}

function describe(settings: WallMeterSettings, decimals: number): ProbedDevice {
  const { accuracy, unit, periodMilliseconds } = settings;
  const isCounter = WALL_UNITS[unit].measures === 'energy';
  const what = isCounter ? 'energy counter' : 'power';
  return {
    device: { id: WALL_METER, kind: 'cpu-host', product: 'wall meter' },
    part: 'machine',
    source: SOURCE,
    provenance: isCounter ? 'counter' : 'integrated',
    detail: `${what} of the whole machine at the wall, in ${unit} from ${placeOf(settings)} every ${periodMilliseconds / 1000} s; gain known to ${percent(accuracy.relative)} (${accuracy.basis})`,
    aliases: [],
    perTrial: false,
    traits: traitsOf(settings, decimals),
  };
}

/** Neither is latched: a steady power may well be read twice alike, and when a coarse counter takes its steps is not known. */
function traitsOf({ unit, periodMilliseconds, accuracy }: WallMeterSettings, decimals: number): SensorTraits {
  const { measures, factor } = WALL_UNITS[unit];
  const isCounter = measures === 'energy';
  const step = factor * 10 ** -decimals * 1e6;
  return {
    reads: measures,
    latched: false,
    updateNanoseconds: BigInt(periodMilliseconds) * NANOSECONDS,
    averagingNanoseconds: 0n,
    coverage: isCounter ? FULL_COVERAGE : { share: 1, basis: 'assumed: a wall meter averages between its figures' },
    ...(isCounter ? { quantumMicrojoules: step } : { quantumMicrojoules: 0, quantumMicrowatts: step }),
    gain: accuracy.relative,
    estimate: 0,
  };
}

function absent(settings: WallMeterSettings, reason: string): SensorReport {
  const remedy =
    settings.reads === 'command'
      ? 'Try the command in a shell: the first number of its last line must be the figure.'
      : 'Try the address with curl; for what it cannot reach, such as a self-signed certificate, give a command instead.';
  const detail = `no figure from ${placeOf(settings)}: ${reason}. ${remedy}`;
  return { device: WALL_METER, part: 'machine', source: SOURCE, available: false, detail };
}

/** Neither the command nor the whole address is told to others: both may hold a password. */
const placeOf = (settings: WallMeterSettings): string =>
  settings.reads === 'command' ? 'the operator’s command' : new URL(settings.url).host;

const percent = (share: number): string => `${Number((share * 100).toPrecision(3))} %`;
