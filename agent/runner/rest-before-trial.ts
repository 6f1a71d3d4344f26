/** The time before a trial's program starts: cooling down, then the machine at rest as the baseline of net energy. */

import { coolDown } from './cool-down.js';
import { idleTime, whyNoIdle } from './idle-time.js';
import { NO_REST, NOTHING, type MeteredRest, type RestOptions } from './rest.js';

/** Waits as the campaign asks; all energy spent meanwhile is the attempt's. */
export async function restBeforeTrial(options: RestOptions): Promise<MeteredRest> {
  const { meter, devices, measurement, stop } = options;
  const noIdle = whyNoIdle(options);
  if (measurement.coolDownCelsius === undefined && noIdle) return { ...NO_REST, ...noIdle };
  const trial = meter.attach({ devices, processGroup: 'none' });
  try {
    using _ = options.onMetered?.(trial);
    const cool = await coolDown(options, trial);
    const idle = stop.aborted ? NOTHING : (noIdle ?? (await idleTime(options, trial)));
    const windows = [...cool.windows, ...idle.windows];
    return { windows, energy: await trial.total(), facts: { ...cool.facts, ...idle.facts } };
  } finally {
    await trial.close();
  }
}
