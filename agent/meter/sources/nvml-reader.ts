/** Looks at one GPU's counter and power, again and again. */

import type { DeviceId } from '../../../shared/domain/identity.js';
import type { Clock } from '../../../shared/runtime/clock.js';
import type { FailedReading, Reading } from '../energy-source.js';
import type { NvmlBinding } from './nvml-binding.js';
import type { NvmlHandle, NvmlResult } from './nvml-call.js';
import { FieldBatch } from './nvml-fields.js';
import { plausible, readMethod, type NvmlMethod, type NvmlMethods } from './nvml-methods.js';
import { isGlitchStatus, isLostStatus, nvmlMeaning } from './nvml-status.js';

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
  readonly isCheck: boolean;
  /** When it last answered; a short silence is no failure. */
  answeredAt?: bigint;
}

/** What is asked for in one look: all fields in one call, the rest one by one. */
interface LookPlan {
  readonly fields: readonly Channel[];
  readonly batch: FieldBatch;
  readonly others: readonly Channel[];
}

interface Look {
  readonly channel: Channel;
  readonly atNanoseconds: bigint;
  readonly found: NvmlResult<bigint>;
}

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
  #powerPeriod = 0n;
  #powerDueAt = 0n;
  #lost: { readonly reason: string; readonly retryAt: bigint } | undefined;

  constructor(options: NvmlReaderOptions) {
    this.#options = options;
    const { primary, check } = options.methods;
    const channels: readonly Channel[] = [
      ...(primary ? [{ method: primary, isCheck: false }] : []),
      ...(check ? [{ method: check, isCheck: true }] : []),
    ];
    this.#whole = planLook(channels);
    this.#energyOnly = planLook(channels.filter(({ method }) => method.quantity === 'energy'));
  }

  /** What the GPU says now; nothing of a figure that is not due or was only mumbled. */
  read(): readonly Reading[] {
    const { clock, device } = this.#options;
    const now = clock.monotonicNanoseconds();
    if (this.#lost && now < this.#lost.retryAt) {
      return [{ kind: 'failed', device, atNanoseconds: now, reason: this.#lost.reason, isLost: true }];
    }
    const looks = this.#look(now >= this.#powerDueAt ? this.#whole : this.#energyOnly);
    for (const { channel, atNanoseconds, found } of looks) this.#pace(channel, found, atNanoseconds);
    const lost = looks.find(({ found }) => !found.ok && isLostStatus(found.status));
    return lost ? [this.#lose(lost)] : looks.flatMap((look) => this.#reading(look) ?? []);
  }

  #look({ fields, batch, others }: LookPlan): readonly Look[] {
    const { binding, handle } = this.#options;
    const alone = others.map((channel): Look => {
      const { value: found, atNanoseconds } = this.#stamped(() => readMethod(binding, handle, channel.method));
      return { channel, atNanoseconds, found };
    });
    if (fields.length === 0) return alone;
    const { value: called, atNanoseconds } = this.#stamped(() => binding.readFields(handle, batch));
    const together = fields.map((channel, i): Look => {
      const found = called.ok ? plausible(channel.method, batch.result(i)) : called;
      return { channel, atNanoseconds, found };
    });
    return [...together, ...alone];
  }

  /** A call takes time: what it gives is stamped at its middle. */
  #stamped<T>(call: () => T): { readonly value: T; readonly atNanoseconds: bigint } {
    const { clock } = this.#options;
    const before = clock.monotonicNanoseconds();
    const value = call();
    return { value, atNanoseconds: (before + clock.monotonicNanoseconds()) / 2n };
  }

  /** Each glitch of the power makes its looks rarer, for good. */
  #pace(channel: Channel, found: NvmlResult<bigint>, at: bigint): void {
    if (channel.method.quantity !== 'power') return;
    if (!found.ok && isGlitchStatus(found.status)) {
      const slower = this.#powerPeriod === 0n ? SLOWER_NANOSECONDS : this.#powerPeriod * 2n;
      this.#powerPeriod = slower > SLOWEST_NANOSECONDS ? SLOWEST_NANOSECONDS : slower;
    }
    this.#powerDueAt = at + this.#powerPeriod;
  }

  #lose({ atNanoseconds, found }: Look): FailedReading {
    const reason = found.ok ? '' : nvmlMeaning(found.status);
    this.#lost = { reason, retryAt: atNanoseconds + LOST_RETRY_NANOSECONDS };
    return { kind: 'failed', device: this.#options.device, atNanoseconds, reason, isLost: true };
  }

  #reading({ channel, atNanoseconds, found }: Look): Reading | undefined {
    const core = {
      device: this.#options.device,
      atNanoseconds,
      ...(channel.isCheck && { channel: 'check' as const }),
    };
    channel.answeredAt ??= atNanoseconds;
    if (!found.ok) {
      const isGlitch = isGlitchStatus(found.status) && atNanoseconds - channel.answeredAt < PATIENCE_NANOSECONDS;
      return isGlitch ? undefined : { ...core, kind: 'failed', reason: nvmlMeaning(found.status) };
    }
    channel.answeredAt = atNanoseconds;
    return channel.method.quantity === 'energy'
      ? { ...core, kind: 'energy', microjoules: found.value * 1000n }
      : { ...core, kind: 'power', microwatts: found.value * 1000n };
  }
}

function planLook(channels: readonly Channel[]): LookPlan {
  const fields = channels.filter(({ method }) => method.kind === 'field');
  return {
    fields,
    batch: new FieldBatch(fields.flatMap(({ method }) => (method.kind === 'field' ? [method] : []))),
    others: channels.filter(({ method }) => method.kind !== 'field'),
  };
}
