/** Puts a sampler together from plain settings. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Clock } from '../../../shared/runtime/clock.js';
import { MeterJournal } from '../journal/meter-journal.js';
import { openSources, type SourceSettings } from '../sources/open-sources.js';
import { processFiles } from './process-stat.js';
import { ProcessTable } from './processor-time.js';
import { SAMPLING_PERIODS, SamplerCore, type SamplerCoreOptions } from './sampler-core.js';

/** Everything the sampler depends on; plain data, so that it can cross into a thread. */
export interface SamplerSettings extends SourceSettings {
  /** The process whose trials are sampled. */
  readonly ownPid: number;
  /** Where readings and what is found about sensors are kept; absent: nowhere. */
  readonly journalFolder?: string;
}

/**
 * A sampler over all sources of this machine, or over the simulated device alone.
 *
 * @param standStill - See {@link SamplerCoreOptions}.
 */
export function openSamplerCore(
  settings: SamplerSettings,
  clock: Clock,
  standStill?: SamplerCoreOptions['standStill'],
): SamplerCore {
  const { procRoot, ownPid, journalFolder: folder } = settings;
  return new SamplerCore({
    clock,
    sources: openSources(settings, clock),
    processes: new ProcessTable(processFiles(procRoot)),
    ownPid,
    periods: SAMPLING_PERIODS,
    ...(standStill && { standStill }),
    ...(folder !== undefined && { journal: new MeterJournal({ folder, clock, bootId: readBootId(procRoot) }) }),
  });
}

function readBootId(procRoot: string): string {
  try {
    return readFileSync(join(procRoot, 'sys/kernel/random/boot_id'), 'utf8').trim();
  } catch {
    return 'unknown';
  }
}
