/** Looks at one GPU's counter and power, again and again. */

import type { DeviceId } from '../../../shared/domain/identity.js';
import type { Clock } from '../../../shared/runtime/clock.js';
import type { FailedReading, Reading } from '../energy-source.js';
import type { NvmlBinding } from './nvml-binding.js';
import type { NvmlHandle, NvmlResult } from './nvml-call.js';
import { FieldBatch } from './nvml-fields.js';
import { plausible, readMethod, type NvmlMethod, type NvmlMethods } from './nvml-methods.js';
import { isGlitchStatus, isLostStatus, NVML_SUCCESS, nvmlMeaning } from './nvml-status.js';

export interface NvmlReaderOptions {
  readonly binding: NvmlBinding;
  readonly clock: Clock;
  readonly device: DeviceId;
  readonly handle: NvmlHandle;
  readonly methods: NvmlMethods;
}

/** A figure that is read: the device's own, or the second one beside it. */
interface Channel {
  readonly method: NvmlMethod;
  /** What its readings have in common. */
  readonly reads: Pick<Reading, 'device' | 'channel'>;
  /** When it last answered; a short silence is no failure. */
  answeredAt?: bigint;
}

/** What is asked for in one look: all fields in one call, the rest one by one. */
interface LookPlan {
  readonly fields: readonly Channel[];
  readonly others: readonly Channel[];
  /** Memory for the fields of one look each; made once and used again and again. */
  readonly batches: FieldBatch[];
}

/** What a look brought, as the library left it. */
interface Glance {
  readonly plan: LookPlan;
  readonly batch: FieldBatch;
  readonly status: number;
  readonly before: bigint;
  readonly after: bigint;
  readonly alone: readonly Look[];
}

interface Look {
  readonly channel: Channel;
  readonly atNanoseconds: bigint;
  readonly found: NvmlResult<bigint>;
}

/** More than the looks that are made before they are read, so that the last one read can be set against the next. */
const BATCHES = 16;
/** A glitch of up to this long is no sample; beyond it the sensor has failed. */
const PATIENCE_NANOSECONDS = 1_000_000_000n;
/** Some cards give no power when they are asked faster than every 50 ms (Zeus, pull request 186). */
const SLOWER_NANOSECONDS = 50_000_000n;
const SLOWEST_NANOSECONDS = 400_000_000n;
/** A lost GPU is asked this often whether it is back: its answers may be slow, and others wait for them. */
const LOST_RETRY_NANOSECONDS = 1_000_000_000n;

export class NvmlReader {
  readonly #options: NvmlReaderOptions;
  readonly #whole: LookPlan;
  /** While power is not due. */
  readonly #energyOnly: LookPlan;
  readonly #glances: Glance[] = [];
  /** The last one that was read. */
  #latest: Glance | undefined;
  #looked = 0;
  /** Instants at which a lost GPU was not asked. */
  readonly #missed: bigint[] = [];
  #powerPeriod = 0n;
  #powerDueAt = 0n;
  #slowedUntil = 0n;
  #lost: { readonly reason: string; readonly retryAt: bigint } | undefined;

  constructor(options: NvmlReaderOptions) {
    this.#options = options;
    const { device, methods } = options;
    const { primary, check } = methods;
    const channels: readonly Channel[] = [
      ...(primary ? [{ method: primary, reads: { device } }] : []),
      ...(check ? [{ method: check, reads: { device, channel: 'check' as const } }] : []),
    ];
    this.#whole = planLook(channels);
    this.#energyOnly = planLook(channels.filter(({ method }) => method.quantity === 'energy'));
  }

  /**
   * Asks the GPU and keeps its answer as it is: that is all that must be done in time.
   *
   * @param before - The instant now; the result is the instant after.
   */
  look(before: bigint): bigint {
    const { binding, clock, handle } = this.#options;
    if (this.#lost && before < this.#lost.retryAt) {
      this.#missed.push(before);
      return before;
    }
    const isWhole = before >= this.#powerDueAt;
    if (isWhole) this.#powerDueAt = before + this.#powerPeriod;
    const plan = isWhole ? this.#whole : this.#energyOnly;
    const batch = (plan.batches[this.#looked++ % BATCHES] ??= batchOf(plan.fields));
    const status = batch.count === 0 ? NVML_SUCCESS : binding.readFields(handle, batch);
    const after = clock.monotonicNanoseconds();
    const alone = plan.others.length === 0 ? NONE : plan.others.map((channel) => this.#lookAlone(channel));
    this.#glances.push({ plan, batch, status, before, after, alone });
    return alone.length === 0 ? after : clock.monotonicNanoseconds();
  }

  /** What the GPU said since the last call, or says now; nothing of a figure that was not due or was only mumbled. */
  read(): readonly Reading[] {
    if (this.#glances.length === 0 && this.#missed.length === 0) this.look(this.#options.clock.monotonicNanoseconds());
    const readings: Reading[] = [];
    let stood: bigint | undefined;
    for (const [i, glance] of this.#glances.entries()) {
      const isRepeated = isSame(this.#latest, glance);
      this.#latest = glance;
      // A look that showed what the one before had shown tells only until when.
      if (isRepeated && i < this.#glances.length - 1) stood = middleOf(glance);
      else {
        readings.push(...this.#readingsOf(glance, stood));
        stood = undefined;
      }
    }
    this.#glances.length = 0;
    const { device } = this.#options;
    for (const atNanoseconds of this.#missed.splice(0)) {
      readings.push({ kind: 'failed', device, atNanoseconds, reason: this.#lost?.reason ?? '', isLost: true });
    }
    return readings;
  }

  #readingsOf(glance: Glance, stood: bigint | undefined): readonly Reading[] {
    const looks = looksOf(glance);
    for (const { channel, atNanoseconds, found } of looks) this.#pace(channel, found, atNanoseconds);
    const lost = looks.find(({ found }) => !found.ok && isLostStatus(found.status));
    if (lost) return [this.#lose(lost)];
    const readings = looks.flatMap((look) => this.#reading(look) ?? []);
    return stood === undefined ? readings : readings.map((one) => ({ ...one, stoodUntilNanoseconds: stood }));
  }

  #lookAlone(channel: Channel): Look {
    const { binding, clock, handle } = this.#options;
    const before = clock.monotonicNanoseconds();
    const found = readMethod(binding, handle, channel.method);
    return { channel, atNanoseconds: middle(before, clock.monotonicNanoseconds()), found };
  }

  /** Each glitch of the power makes its looks rarer, for good; looks that were made before that do not count. */
  #pace({ method }: Channel, found: NvmlResult<bigint>, at: bigint): void {
    if (method.quantity !== 'power' || found.ok || !isGlitchStatus(found.status) || at < this.#slowedUntil) return;
    const slower = this.#powerPeriod === 0n ? SLOWER_NANOSECONDS : this.#powerPeriod * 2n;
    this.#powerPeriod = slower > SLOWEST_NANOSECONDS ? SLOWEST_NANOSECONDS : slower;
    this.#powerDueAt = this.#slowedUntil = at + this.#powerPeriod;
  }

  #lose({ atNanoseconds, found }: Look): FailedReading {
    const reason = found.ok ? '' : nvmlMeaning(found.status);
    this.#lost = { reason, retryAt: atNanoseconds + LOST_RETRY_NANOSECONDS };
    return { kind: 'failed', device: this.#options.device, atNanoseconds, reason, isLost: true };
  }

  #reading({ channel, atNanoseconds, found }: Look): Reading | undefined {
    const { reads, method } = channel;
    channel.answeredAt ??= atNanoseconds;
    if (!found.ok) {
      const isGlitch = isGlitchStatus(found.status) && atNanoseconds - channel.answeredAt < PATIENCE_NANOSECONDS;
      return isGlitch ? undefined : { ...reads, atNanoseconds, kind: 'failed', reason: nvmlMeaning(found.status) };
    }
    channel.answeredAt = atNanoseconds;
    return method.quantity === 'energy'
      ? { ...reads, atNanoseconds, kind: 'energy', microjoules: found.value * 1000n }
      : { ...reads, atNanoseconds, kind: 'power', microwatts: found.value * 1000n };
  }
}

const isSame = (one: Glance | undefined, other: Glance | undefined): boolean =>
  one !== undefined &&
  one.plan === other?.plan &&
  one.plan.others.length === 0 &&
  one.status === NVML_SUCCESS &&
  other.status === NVML_SUCCESS &&
  one.batch.showsAs(other.batch);

const NONE: readonly Look[] = [];

/** A call takes time: what it gives is stamped at its middle. */
const middle = (before: bigint, after: bigint): bigint => (before + after) / 2n;
const middleOf = ({ before, after }: Glance): bigint => middle(before, after);

function looksOf(glance: Glance): readonly Look[] {
  const { plan, batch, status, alone } = glance;
  const atNanoseconds = middleOf(glance);
  const together = plan.fields.map((channel, i): Look => {
    const found = status === NVML_SUCCESS ? plausible(channel.method, batch.result(i)) : { ok: false as const, status };
    return { channel, atNanoseconds, found };
  });
  return alone.length === 0 ? together : [...together, ...alone];
}

const batchOf = (channels: readonly Channel[]): FieldBatch =>
  new FieldBatch(channels.flatMap(({ method }) => (method.kind === 'field' ? [method] : [])));

const planLook = (channels: readonly Channel[]): LookPlan => ({
  fields: channels.filter(({ method }) => method.kind === 'field'),
  others: channels.filter(({ method }) => method.kind !== 'field'),
  batches: [],
});
