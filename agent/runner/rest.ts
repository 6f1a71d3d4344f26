/** What the time before a trial's program is made of: its conditions, and what was metered in it. */

import type { MeasurementProtocol } from '../../shared/domain/campaign.js';
import type { DeviceId } from '../../shared/domain/identity.js';
import type { AttemptEnergy, Boundary, WindowReading } from '../../shared/domain/measurement.js';
import type { Clock } from '../../shared/runtime/clock.js';
import type { Meter, TrialMeter } from '../meter/meter.js';
import type { ProcessorTimes } from './processor-load.js';

/** What was metered before the program, and what was left out and why. */
export interface MeteredRest {
  readonly windows: readonly WindowReading[];
  readonly energy: readonly AttemptEnergy[];
  readonly facts: Readonly<Record<string, string>>;
}

export const NO_REST: MeteredRest = { windows: [], energy: [], facts: {} };

export interface RestOptions {
  readonly meter: Meter;
  readonly clock: Clock;
  readonly devices: readonly DeviceId[];
  readonly boundary: Boundary;
  readonly measurement: MeasurementProtocol;
  /** Number of other trials of this agent whose programs run. */
  companions(): number;
  processorTimes(): ProcessorTimes | undefined;
  /** Metering has begun. Disposed as soon as the rest is over. */
  onMetered?(trial: TrialMeter): Disposable;
  /** Ends the wait early; the window under way is lost then. */
  readonly stop: AbortSignal;
}

/** One part of the rest. */
export interface RestPart {
  readonly windows: readonly WindowReading[];
  readonly facts: Readonly<Record<string, string>>;
}

export const NOTHING: RestPart = { windows: [], facts: {} };
