/** The lines of a device's journal: one that says what follows, then instants of known energy. */

import { deviceId, type DeviceId } from '../../../shared/domain/identity.js';
import { PARTS, PROVENANCES, type Part, type Provenance } from '../../../shared/domain/measurement.js';

/** What the figures after it are, and where their clock stands: what was written before it belongs to another run. */
export interface JournalHeader {
  readonly device: DeviceId;
  readonly part: Part;
  readonly source: string;
  readonly provenance: Provenance;
  /** Instants count from this boot of the machine. */
  readonly bootId: string;
  /** Versions of the drivers behind the sensors, by name. */
  readonly versions: Readonly<Record<string, string>>;
  /** One instant on both clocks; with the boot it names the run of the agent. */
  readonly unixMilliseconds: number;
  readonly monotonicNanoseconds: bigint;
}

/** Cumulative energy since the run began. */
export interface JournalKnot {
  readonly atNanoseconds: bigint;
  readonly microjoules: bigint;
}

export type JournalLine =
  { readonly kind: 'header'; readonly header: JournalHeader } | { readonly kind: 'knot'; readonly knot: JournalKnot };

/** The sign at the end tells a whole line from one that a dying machine has torn. */
const KNOT = /^(\d{1,19}) (\d{1,19});$/;

export const headerLine = ({ monotonicNanoseconds, ...header }: JournalHeader): string =>
  `${JSON.stringify({ version: 1, ...header, monotonicNanoseconds: String(monotonicNanoseconds) })}\n`;

export const knotLine = ({ atNanoseconds, microjoules }: JournalKnot): string => `${atNanoseconds} ${microjoules};\n`;

/** `undefined` for a line that is torn or says something else. */
export function parseJournalLine(line: string): JournalLine | undefined {
  const knot = KNOT.exec(line);
  if (knot) {
    const [, at, microjoules] = knot;
    return { kind: 'knot', knot: { atNanoseconds: BigInt(at ?? 0), microjoules: BigInt(microjoules ?? 0) } };
  }
  const header = line.startsWith('{') ? parseHeader(line) : undefined;
  return header && { kind: 'header', header };
}

function parseHeader(line: string): JournalHeader | undefined {
  let content: unknown;
  try {
    content = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof content !== 'object' || content === null) return undefined;
  const raw = content as Readonly<Record<string, unknown>>;
  const { version, device, source, bootId, unixMilliseconds, monotonicNanoseconds, versions } = raw;
  const part = PARTS.find((one) => one === raw['part']);
  const provenance = PROVENANCES.find((one) => one === raw['provenance']);
  if (version !== 1 || part === undefined || provenance === undefined) return undefined;
  if (typeof device !== 'string' || typeof source !== 'string' || typeof bootId !== 'string') return undefined;
  if (typeof unixMilliseconds !== 'number' || !Number.isFinite(unixMilliseconds)) return undefined;
  if (typeof monotonicNanoseconds !== 'string' || !/^\d{1,19}$/.test(monotonicNanoseconds)) return undefined;
  return {
    device: deviceId(device),
    part,
    source,
    provenance,
    bootId,
    versions: texts(versions),
    unixMilliseconds,
    monotonicNanoseconds: BigInt(monotonicNanoseconds),
  };
}

const texts = (value: unknown): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(typeof value === 'object' && value !== null ? value : {}).filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string',
    ),
  );
