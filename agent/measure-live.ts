/** One line at the foot of the terminal while a command runs above it, which writes there as if it were alone. */

import { isMeasured, PARTS, worstProvenance, type AttemptEnergy, type Part } from '../shared/domain/measurement.js';
import { formatDuration, formatQuantity } from '../shared/domain/quantity.js';
import type { Clock } from '../shared/runtime/clock.js';
import { cutText } from '../shared/runtime/terminal-text.js';
import type { TrialMeter } from './meter/meter.js';

export interface LiveLineOptions {
  readonly stream: NodeJS.WriteStream;
  readonly clock: Clock;
  readonly everyMilliseconds: number;
}

export interface WatchedRun {
  readonly startNanoseconds: bigint;
  /** Such as `run 3 of 10`; empty for a single one. */
  readonly title: string;
  readonly meter: Pick<TrialMeter, 'total' | 'tickSeconds'>;
}

/** Fewer rows are left to the command. */
const FEWEST_ROWS = 4;

/**
 * Shows what one run has spent until it is disposed; does nothing where there is no terminal.
 *
 * The last row is taken out of the part of the screen that scrolls, as `apt` does for its progress bar: what the command
 * writes never meets the line. Each state is one write, so that it does not come between the bytes of the command.
 */
export function liveLine({ stream, clock, everyMilliseconds }: LiveLineOptions, run: WatchedRun): Disposable {
  if (!stream.isTTY || everyMilliseconds === 0 || stream.rows < FEWEST_ROWS)
    return { [Symbol.dispose]: () => undefined };
  let rows = stream.rows;
  let isAsking = false;
  let isOver = false;
  const show = async (): Promise<void> => {
    if (isAsking) return;
    isAsking = true;
    try {
      const at = await readInstant(run, clock.monotonicNanoseconds());
      const text = stateText(run, await run.meter.total(at), at);
      if (!isOver) stream.write(footText(cutText(text, stream.columns - 1), rows));
    } finally {
      isAsking = false;
    }
  };
  const onResize = (): void => {
    stream.write(leaveFoot(rows));
    rows = stream.rows;
    stream.write(makeFoot(rows));
  };
  stream.write(makeFoot(rows));
  stream.on('resize', onResize);
  const timer = clock.every(everyMilliseconds, () => void show().catch(() => undefined));
  return {
    [Symbol.dispose]() {
      isOver = true;
      timer[Symbol.dispose]();
      stream.off('resize', onResize);
      stream.write(leaveFoot(rows));
    },
  };
}

/** Up to which sensors have been read by now, so that energy and time are of one stretch; the start at least. */
async function readInstant({ meter, startNanoseconds }: WatchedRun, now: bigint): Promise<bigint> {
  const tick = await meter.tickSeconds();
  const at = now - BigInt(Math.round(1e9 * Math.min(LONGEST_LAG_SECONDS, LOOK_SECONDS + TICKS * tick)));
  return at > startNanoseconds ? at : startNanoseconds;
}

/** Updates are found a little late, and may come later than usual. */
const TICKS = 1.5;
const LOOK_SECONDS = 0.1;
/** A line that lags more than this is no longer live. */
const LONGEST_LAG_SECONDS = 5;

/** Such as `ecopt  12 s  1.83 kJ  150 W  (accelerator 1.50 kJ, cpu 330 J)`. */
export function stateText(
  { title, startNanoseconds }: Pick<WatchedRun, 'title' | 'startNanoseconds'>,
  spent: readonly AttemptEnergy[],
  atNanoseconds: bigint,
): string {
  const seconds = Number(atNanoseconds - startNanoseconds) / 1e9;
  const hasParts = spent.some(({ part }) => part !== 'machine');
  const parts = partsOf(hasParts ? spent.filter(({ part }) => part !== 'machine') : spent);
  const total = parts.length === 0 ? undefined : parts.reduce((sum, { joules }) => sum + joules, 0);
  const label = parts.length > 0 && parts.every((one) => one.label !== '') ? (parts[0]?.label ?? '') : '';
  const each = parts.map((one) => `${one.part} ${formatQuantity(one.joules, 'J')}${one.label}`);
  const mean = total === undefined || seconds <= 0 ? undefined : total / seconds;
  return [
    'ecopt',
    title,
    formatDuration(seconds),
    `${formatQuantity(total, 'J')}${label}`,
    `mean ${formatQuantity(mean, 'W')}`,
    each.length > 1 ? `(${each.join(', ')})` : '',
  ]
    .filter((text) => text !== '')
    .join('  ');
}

interface LivePart {
  readonly part: Part;
  readonly joules: number;
  /** Follows the figure where it is not measured. */
  readonly label: string;
}

function partsOf(spent: readonly AttemptEnergy[]): readonly LivePart[] {
  return PARTS.filter((part) => spent.some((one) => one.part === part)).map((part) => {
    const own = spent.filter((one) => one.part === part);
    const worst = worstProvenance(own.map(({ provenance }) => provenance));
    const isKnown = worst !== undefined && isMeasured(worst);
    const joules = own.reduce((sum, { microjoules }) => sum + Number(microjoules) / 1e6, 0);
    return { part, joules, label: isKnown ? '' : ` ${worst}` };
  });
}

const ESCAPE = '\u001b';
const SAVE = `${ESCAPE}7`;
const RESTORE = `${ESCAPE}8`;

/** The newline makes room where the cursor is on the last row; the region puts it home, so it is kept and brought back. */
const makeFoot = (rows: number): string => `\n${SAVE}${ESCAPE}[1;${rows - 1}r${RESTORE}${ESCAPE}[1A`;

const footText = (text: string, rows: number): string =>
  `${SAVE}${ESCAPE}[${rows};1H${ESCAPE}[2m${text}${ESCAPE}[0m${ESCAPE}[K${RESTORE}`;

/** The whole screen scrolls again, and the row is empty. */
const leaveFoot = (rows: number): string => `${SAVE}${ESCAPE}[r${ESCAPE}[${rows};1H${ESCAPE}[K${RESTORE}`;
