/** What the sampler keeps for one attached trial. */

import type { DeviceId } from '../../../shared/domain/identity.js';
import type { ProbedDevice } from '../energy-source.js';
import { Ledger } from '../ledger/ledger.js';
import type { ProcessorTime } from './processor-time.js';
import type { Attachment } from './sampler.js';

/** Looks at processor time further apart than this leave a gap, in nanoseconds. */
export const LOAD_GAP_NANOSECONDS = 2_000_000_000n;

export class TrialAccount {
  readonly attachment: Attachment;
  readonly time: ProcessorTime;
  /** Energy of devices that have figures per trial only. */
  readonly modelled = new Map<DeviceId, Ledger>();

  constructor(attachment: Attachment, time: ProcessorTime, held: readonly ProbedDevice[]) {
    this.attachment = attachment;
    this.time = time;
    for (const probed of held.filter(({ perTrial }) => perTrial)) {
      const ledger = ownLedger(probed);
      const { id } = probed.device;
      ledger.add({ kind: 'energy', device: id, atNanoseconds: attachment.atNanoseconds, microjoules: 0n });
      this.modelled.set(id, ledger);
    }
  }
}

const ownLedger = ({ device, part, source, provenance, traits }: ProbedDevice): Ledger =>
  new Ledger({
    device: device.id,
    part,
    source,
    provenance,
    traits: { ...traits, latched: false },
    gapNanoseconds: LOAD_GAP_NANOSECONDS,
  });
