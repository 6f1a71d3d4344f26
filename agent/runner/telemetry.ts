/** What is told of an attempt while it runs: thinned reports and its energy so far. */

import type { AttemptEventBody } from '../../shared/domain/event.js';
import type { AttemptEnergy } from '../../shared/domain/measurement.js';
import type { Clock } from '../../shared/runtime/clock.js';
import type { ProgramRecord } from './program-record.js';

export interface TelemetryOptions {
  readonly record: ProgramRecord;
  readonly clock: Clock;
  readonly sealedMetrics: ReadonlySet<string>;
  readonly beginNanoseconds: bigint;
  /** Energy of the attempt so far. */
  energy(): Promise<readonly AttemptEnergy[]>;
  onEvent(body: AttemptEventBody): void;
  onError(error: unknown): void;
}

/** At most one report is passed on in this time, the newest. */
const REPORT_MILLISECONDS = 1000;
const METER_MILLISECONDS = 2000;

/** Runs until disposed. */
export function startTelemetry(options: TelemetryOptions): Disposable {
  const { clock } = options;
  const reports = clock.every(REPORT_MILLISECONDS, reporter(options));
  const over = new AbortController();
  const readings = clock.every(METER_MILLISECONDS, meterReader(options, over.signal));
  return {
    [Symbol.dispose]() {
      over.abort();
      reports[Symbol.dispose]();
      readings[Symbol.dispose]();
    },
  };
}

function reporter({ record, sealedMetrics, onEvent }: TelemetryOptions): () => void {
  let told = 0;
  return () => {
    if (record.reports === told) return;
    told = record.reports;
    const { step, fraction } = record;
    const metrics = openMetrics(record.metrics, sealedMetrics);
    onEvent({ kind: 'reported', step, ...(fraction !== undefined && { fraction }), metrics });
  };
}

/** A reading that arrives after the end is dropped: nothing may follow the outcome. */
function meterReader(options: TelemetryOptions, over: AbortSignal): () => void {
  const { energy, clock, beginNanoseconds, onEvent, onError } = options;
  let busy = false;
  return () => {
    if (busy) return;
    busy = true;
    energy()
      .then((soFar) => {
        if (over.aborted) return;
        const elapsedSeconds = Number(clock.monotonicNanoseconds() - beginNanoseconds) / 1e9;
        onEvent({ kind: 'metered', energy: soFar, elapsedSeconds });
      })
      .catch(onError)
      .finally(() => (busy = false));
  };
}

/** Finite metrics that may be shown. */
const openMetrics = (
  metrics: ReadonlyMap<string, number>,
  sealed: ReadonlySet<string>,
): Readonly<Record<string, number>> =>
  Object.fromEntries([...metrics].filter(([name, value]) => !sealed.has(name) && Number.isFinite(value)));
