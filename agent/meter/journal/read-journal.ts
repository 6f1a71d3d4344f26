/** What a journal tells of the energy of a device after the process that measured it has died. */

import type { DeviceId } from '../../../shared/domain/identity.js';
import type { AttemptEnergy } from '../../../shared/domain/measurement.js';
import { readRegular } from '../../../shared/runtime/regular-file.js';
import { parseJournalLine, type JournalHeader, type JournalKnot } from './journal-lines.js';
import { journalPath } from './meter-journal.js';

/** Energy of a device from an instant until its last reading in the same run. */
export interface JournalledEnergy {
  readonly energy: AttemptEnergy;
  /** From the instant to the last reading. */
  readonly seconds: number;
  readonly header: JournalHeader;
}

interface Run {
  readonly header: JournalHeader;
  readonly from: bigint;
  /** The knots around `from`, and the last one. */
  before?: JournalKnot;
  after?: JournalKnot;
  last?: JournalKnot;
}

/**
 * Energy since `unixMilliseconds`, as the run tells it that was going on then: the last one that began no later.
 *
 * `undefined` when no run was, when it has no reading before that instant (any more), or none after it: what is not known
 * is not 0.
 */
export function energySince(folder: string, device: DeviceId, unixMilliseconds: number): JournalledEnergy | undefined {
  let run: Run | undefined;
  for (const line of linesOf(folder, device)) {
    const parsed = parseJournalLine(line);
    if (parsed?.kind === 'knot' && run) take(run, parsed.knot);
    if (parsed?.kind !== 'header' || isSameRun(run?.header, parsed.header)) continue;
    if (parsed.header.unixMilliseconds > unixMilliseconds) break;
    run = { header: parsed.header, from: instantOf(parsed.header, unixMilliseconds) };
  }
  return run && energyOf(run);
}

/** The wall clock stands beside the monotonic one in the header; an instant is as right as the two kept together since. */
const instantOf = ({ unixMilliseconds, monotonicNanoseconds }: JournalHeader, instant: number): bigint =>
  monotonicNanoseconds + BigInt(Math.round((instant - unixMilliseconds) * 1e6));

const isSameRun = (a: JournalHeader | undefined, b: JournalHeader): boolean =>
  a?.bootId === b.bootId && a.monotonicNanoseconds === b.monotonicNanoseconds;

/** Energy never goes back: a figure that does was torn or mangled. */
function take(run: Run, knot: JournalKnot): void {
  if (run.last && (knot.atNanoseconds <= run.last.atNanoseconds || knot.microjoules < run.last.microjoules)) return;
  if (knot.atNanoseconds <= run.from) run.before = knot;
  else run.after ??= knot;
  run.last = knot;
}

function energyOf({ header, from, before, after, last }: Run): JournalledEnergy | undefined {
  if (before === undefined || after === undefined || last === undefined) return undefined;
  const span = after.atNanoseconds - before.atNanoseconds;
  const within = ((after.microjoules - before.microjoules) * (from - before.atNanoseconds)) / span;
  const { device, part, provenance } = header;
  return {
    energy: { device, part, provenance, microjoules: last.microjoules - before.microjoules - within },
    seconds: Number(last.atNanoseconds - from) / 1e9,
    header,
  };
}

/** Of the older half and then the newer one; none of a file that is not there or cannot be read. */
const linesOf = (folder: string, device: DeviceId): readonly string[] =>
  (['older', 'current'] as const).flatMap((age) => {
    try {
      return readRegular(journalPath(folder, device, age))
        .toString('latin1')
        .split('\n');
    } catch {
      return [];
    }
  });
