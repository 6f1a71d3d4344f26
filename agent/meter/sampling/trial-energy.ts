/** Energy of one trial from the ledgers of all devices that it is charged for. */

import type { DeviceId } from '../../../shared/domain/identity.js';
import type { AttemptEnergy, DeviceEnergy } from '../../../shared/domain/measurement.js';
import type { Ledger } from '../ledger/ledger.js';
import type { HeldDevice } from './held-device.js';
import { shareOf } from './shared-window.js';
import type { TrialAccount } from './trial-account.js';

/** An interval of CLOCK_MONOTONIC in nanoseconds. */
export interface Interval {
  readonly start: bigint;
  readonly end: bigint;
}

/** What one trial is charged for: the devices it holds, and those of the host. */
export function chargedDevices(
  { attachment }: TrialAccount,
  held: ReadonlyMap<DeviceId, HeldDevice>,
): readonly HeldDevice[] {
  const own = attachment.devices.flatMap((id) => held.get(id) ?? []);
  return [...own, ...[...held.values()].filter(({ isOfHost }) => isOfHost)];
}

export function windowOf(account: TrialAccount, device: HeldDevice, window: Interval): DeviceEnergy {
  const { start, end } = window;
  const { id } = device.probed.device;
  const whole = device.window(account.modelled.get(id), window);
  if (whole.kind === 'unusable' || device.shares === undefined) return whole;
  const { device: name, part, source } = whole;
  if (start < account.attachment.atNanoseconds) {
    const reason = 'the window began before the trial was attached';
    return { kind: 'unusable', device: name, part, source, reason };
  }
  const shared = device.shares.between(account.attachment.trial, start, end);
  return shared.isWhole ? whole : shareOf(whole, shared);
}

/** From the trial's attachment to `end`; what cannot be known adds nothing and makes the figure a lower bound. */
export function totalOf(account: TrialAccount, device: HeldDevice, end: bigint): readonly AttemptEnergy[] {
  const { trial, atNanoseconds: start } = account.attachment;
  const ledger = account.modelled.get(device.probed.device.id) ?? device.ledger;
  if (ledger === undefined) return [];
  const whole = spent(ledger, { start, end });
  const shared = device.shares?.between(trial, start, end);
  if (shared === undefined || shared.isWhole) return [whole];
  const { microjoules, unattributed } = shared;
  return [{ ...whole, provenance: 'shared-estimate', microjoules, unattributedMicrojoules: unattributed }];
}

function spent(ledger: Ledger, span: Interval): AttemptEnergy {
  const { device, part, provenance } = ledger.options;
  const microjoules = ledger.energyAt(span.end) - ledger.energyAt(span.start);
  return { device, part, provenance, microjoules, ...(!isKnownThroughout(ledger, span) && { isLowerBound: true }) };
}

/** A counter tells after a pause what was spent in it; a power reading does not, and never after it was reset or lost. */
function isKnownThroughout(
  { knots, log, options, lastKnotNanoseconds: last }: Ledger,
  { start, end }: Interval,
): boolean {
  if (last === undefined || last < end || start < knots.at(0)) return false;
  const kinds = options.traits.reads === 'energy' ? COUNTER_LOSSES : POWER_LOSSES;
  return !kinds.some((kind) => log.first(kind, start, end));
}

const COUNTER_LOSSES = ['counter-reset', 'device-lost', 'stuck'] as const;
const POWER_LOSSES = ['device-lost', 'gap'] as const;
