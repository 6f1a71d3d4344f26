/** Puts a sampler together from plain settings. */

import type { Clock } from '../../../shared/runtime/clock.js';
import { openSources, type SourceSettings } from '../sources/open-sources.js';
import { processFiles } from './process-stat.js';
import { ProcessTable } from './processor-time.js';
import { SAMPLING_PERIODS, SamplerCore } from './sampler-core.js';

/** Everything the sampler depends on; plain data, so that it can cross into a thread. */
export interface SamplerSettings extends SourceSettings {
  /** The process whose trials are sampled. */
  readonly ownPid: number;
  /** Where readings and what is found about sensors are kept; absent: nowhere. */
  readonly journalFolder?: string;
}

/** A sampler over all sources of this machine, or over the simulated device alone. */
export function openSamplerCore(settings: SamplerSettings, clock: Clock): SamplerCore {
  return new SamplerCore({
    clock,
    sources: openSources(settings, clock),
    processes: new ProcessTable(processFiles(settings.procRoot)),
    ownPid: settings.ownPid,
    periods: SAMPLING_PERIODS,
  });
}
