/** What is told of an attempt while it runs: thinned reports and its energy so far. */

import type { AttemptEventBody } from '../../shared/domain/event.js';
import type { AttemptEnergy } from '../../shared/domain/measurement.js';
import type { Clock } from '../../shared/runtime/clock.js';
import type { ProgramRecord } from './program-record.js';

export interface MeteringOptions {
  readonly clock: Clock;
  readonly beginNanoseconds: bigint;
  /** Energy of the attempt so far. */
  energy(): Promise<readonly AttemptEnergy[]>;
  onEvent(body: AttemptEventBody): void;
  onError(error: unknown): void;
}

export interface TelemetryOptions extends MeteringOptions {
  readonly record: ProgramRecord;
  readonly sealedMetrics: ReadonlySet<string>;
}

/** At most one report is passed on in this time, the newest. */
const REPORT_MILLISECONDS = 1000;
const METER_MILLISECONDS = 2000;

/** Tells of a program and its energy until disposed. */
export function startTelemetry(options: TelemetryOptions): Disposable {
  const reports = options.clock.every(REPORT_MILLISECONDS, reporter(options));
  const metering = startMetering(options);
  return {
    [Symbol.dispose]() {
      reports[Symbol.dispose]();
      metering[Symbol.dispose]();
    },
  };
}

/** Tells of energy until disposed; a reading that arrives later is dropped: nothing may follow the outcome. */
export function startMetering(options: MeteringOptions): Disposable {
  const over = new AbortController();
  const readings = options.clock.every(METER_MILLISECONDS, meterReader(options, over.signal));
  return {
    [Symbol.dispose]() {
      over.abort();
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

function meterReader(options: MeteringOptions, over: AbortSignal): () => void {
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
