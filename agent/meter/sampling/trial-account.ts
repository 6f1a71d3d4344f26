/** What the sampler keeps for one attached trial. */

import type { DeviceId } from '../../../shared/domain/identity.js';
import type { Provenance } from '../../../shared/domain/measurement.js';
import type { ProbedDevice } from '../energy-source.js';
import { Ledger } from '../ledger/ledger.js';
import type { ProcessorTime } from './processor-time.js';
import type { Attachment } from './sampler.js';

/** Relative standard uncertainty of dividing a package's energy by processor time: memory traffic and idle power are not in it. */
const SHARE_ESTIMATE = 0.2;

/** Looks at processor time further apart than this leave a gap, in nanoseconds. */
export const LOAD_GAP_NANOSECONDS = 2_000_000_000n;

export class TrialAccount {
  readonly attachment: Attachment;
  readonly time: ProcessorTime;
  /** Energy of devices that have figures per trial only. */
  readonly modelled = new Map<DeviceId, Ledger>();
  /** This trial's part of the host's devices, by processor time. */
  readonly shares = new Map<DeviceId, Ledger>();
  /** Processor time at the last division of the host's energy, in nanoseconds. */
  divided = 0n;

  constructor(attachment: Attachment, time: ProcessorTime, host: readonly ProbedDevice[]) {
    this.attachment = attachment;
    this.time = time;
    for (const probed of host) {
      const ledger = probed.perTrial
        ? ownLedger(probed, probed.provenance, 0)
        : ownLedger(probed, 'shared-estimate', SHARE_ESTIMATE);
      ledger.add({
        kind: 'energy',
        device: probed.device.id,
        atNanoseconds: attachment.atNanoseconds,
        microjoules: 0n,
      });
      (probed.perTrial ? this.modelled : this.shares).set(probed.device.id, ledger);
    }
  }
}

function ownLedger({ device, part, source, traits }: ProbedDevice, provenance: Provenance, estimate: number): Ledger {
  return new Ledger({
    device: device.id,
    part,
    source,
    provenance,
    traits: { ...traits, latched: false, estimate: Math.hypot(traits.estimate, estimate) },
    gapNanoseconds: LOAD_GAP_NANOSECONDS,
  });
}
