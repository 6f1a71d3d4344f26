/** Whether this machine's clock can be trusted with durations: its source, its steps, suspensions, and the wall clock beside it. */

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Clock } from '../shared/runtime/clock.js';

export interface ClockFacts {
  /** What the kernel reads time from, such as `tsc`; absent where it cannot be read. */
  readonly source?: string;
  /** Smallest difference seen between two readings of the monotonic clock that differ, in nanoseconds. */
  readonly resolutionNanoseconds: number;
  /** Median time of one reading, in nanoseconds. */
  readonly readNanoseconds: number;
  /** `unknown`: nothing that can be read here tells. */
  readonly synchronised: 'yes' | 'no' | 'unknown';
  /** What the above rests on. */
  readonly synchronisedBy: string;
  /** Time that the machine was suspended since it started, in seconds; absent where it cannot be told. */
  readonly suspendedSeconds?: number;
}

/** How far the wall clock ran ahead of the monotonic one between two instants. */
export interface ClockDrift {
  readonly seconds: number;
  /** Resolution of the wall clock: 1 ms. */
  readonly driftMilliseconds: number;
}

export interface ClockOptions {
  readonly clock: Clock;
  /** Folders that stand for `/sys`, `/proc` and `/run`. */
  readonly sysfsRoot: string;
  readonly procRoot: string;
  readonly runRoot: string;
}

export function clockFacts({ clock, sysfsRoot, procRoot, runRoot }: ClockOptions): ClockFacts {
  const source = readText(join(sysfsRoot, 'devices/system/clocksource/clocksource0/current_clocksource'));
  const suspended = suspendedSeconds(clock, procRoot);
  return {
    ...(source !== undefined && { source }),
    ...clockSteps(clock),
    ...synchronisation(runRoot),
    ...(suspended !== undefined && { suspendedSeconds: suspended }),
  };
}

/** Begins to compare wall and monotonic clock; call the result at the end. */
export function watchDrift(clock: Clock): () => ClockDrift {
  const [wall, monotonic] = [clock.wallMilliseconds(), clock.monotonicNanoseconds()];
  return () => {
    const milliseconds = Number(clock.monotonicNanoseconds() - monotonic) / 1e6;
    return { seconds: milliseconds / 1000, driftMilliseconds: clock.wallMilliseconds() - wall - milliseconds };
  };
}

/** What is wrong with the clock, as sentences with a remedy; none where it is sound. */
export function clockFaults({ source, resolutionNanoseconds, synchronised }: ClockFacts, drift?: ClockDrift): string[] {
  const slow = source !== undefined && SLOW_SOURCES.includes(source);
  return [
    ...(slow ? [`the kernel reads time from ${source}, which is slow; look for "tsc" in dmesg to see why`] : []),
    ...(resolutionNanoseconds > COARSE_NANOSECONDS
      ? [`the clock moves in steps of ${resolutionNanoseconds / 1e3} µs, which blurs the edges of windows`]
      : []),
    ...(synchronised === 'no' ? ['the wall clock is not synchronised: start chrony or systemd-timesyncd'] : []),
    ...(drift !== undefined && Math.abs(drift.driftMilliseconds) > STEP_MILLISECONDS
      ? [
          `the wall clock was moved by ${Math.round(drift.driftMilliseconds)} ms meanwhile; durations are not touched by it`,
        ]
      : []),
  ];
}

/** Clock sources that are read over a bus or count ticks. */
const SLOW_SOURCES: readonly string[] = ['hpet', 'acpi_pm', 'jiffies', 'pit', 'refined-jiffies'];
/** Looks at sensors are 20 ms apart. */
const COARSE_NANOSECONDS = 100_000;
/** More than slewing by NTP (500 ppm) and the resolution of the wall clock can make of 5 s. */
const STEP_MILLISECONDS = 5;

const READINGS = 2000;

function clockSteps(clock: Clock): Pick<ClockFacts, 'resolutionNanoseconds' | 'readNanoseconds'> {
  const readings = Array.from({ length: READINGS }, () => clock.monotonicNanoseconds());
  const steps = readings.slice(1).map((reading, i) => Number(reading - (readings[i] ?? reading)));
  const moves = steps.filter((step) => step > 0).sort((a, b) => a - b);
  return {
    resolutionNanoseconds: greatestCommonStep(moves),
    readNanoseconds: steps.sort((a, b) => a - b)[Math.floor(steps.length / 2)] ?? 0,
  };
}

/** A clock that counts in steps shows only multiples of them. */
const greatestCommonStep = (steps: readonly number[]): number =>
  steps.reduce((common, step) => {
    let [a, b] = [common, step];
    while (b > 0) [a, b] = [b, a % b];
    return a;
  }, 0);

/** Of the services that say it in a file; asking others would need their own tools. */
function synchronisation(runRoot: string): Pick<ClockFacts, 'synchronised' | 'synchronisedBy'> {
  if (existsSync(join(runRoot, 'systemd/timesync/synchronized'))) {
    return { synchronised: 'yes', synchronisedBy: 'systemd-timesyncd' };
  }
  if (existsSync(join(runRoot, 'systemd/timesync'))) return { synchronised: 'no', synchronisedBy: 'systemd-timesyncd' };
  const service = ['chrony/chronyd.pid', 'chronyd.pid', 'ntpd.pid', 'ntpsec/ntpd.pid'].find((file) =>
    existsSync(join(runRoot, file)),
  );
  if (service === undefined) return { synchronised: 'unknown', synchronisedBy: 'no time service is seen here' };
  return { synchronised: 'unknown', synchronisedBy: `${service.includes('chron') ? 'chronyd' : 'ntpd'} runs; ask it` };
}

/** `/proc/uptime` goes on while the machine sleeps, the monotonic clock does not. */
function suspendedSeconds(clock: Clock, procRoot: string): number | undefined {
  const uptime = Number(readText(join(procRoot, 'uptime'))?.split(' ')[0]);
  const suspended = uptime - Number(clock.monotonicNanoseconds()) / 1e9;
  if (!Number.isFinite(suspended) || suspended < -UPTIME_SLACK_SECONDS) return undefined;
  return suspended < UPTIME_SLACK_SECONDS ? 0 : suspended;
}

/** `/proc/uptime` has two decimals. */
const UPTIME_SLACK_SECONDS = 0.1;

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim() || undefined;
  } catch {
    return undefined;
  }
}
