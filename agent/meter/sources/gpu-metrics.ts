/** The binary table `gpu_metrics` of the amdgpu driver: what can be told of energy, power and throttling. */

import type { ThrottleReason } from '../energy-source.js';

/** What one table tells; absent: it does not have the field, or says that it is not available. */
export interface GpuMetrics {
  /** Such as `1.3`. */
  readonly version: string;
  /** True for a graphics unit within a processor: format 2 and 3. */
  readonly isIntegrated: boolean;
  /** Since the driver was loaded, in microjoules. */
  readonly microjoules?: bigint;
  /** Of the graphics unit alone, where it is part of a processor, in microwatts. */
  readonly graphicsMicrowatts?: bigint;
  readonly throttled?: readonly ThrottleReason[];
}

/** The table has at most this many bytes. */
export const GPU_METRICS_BYTES = 4096;

interface Field {
  readonly at: number;
  readonly bits: 16 | 32 | 64;
}

interface Layout {
  readonly version: string;
  /** Sizes of the table that have this layout; a table of another size is not read. */
  readonly sizes: readonly number[];
  readonly energy?: Field;
  /** In milliwatts. */
  readonly graphics?: Field;
  readonly throttle?: Field;
}

const U64 = (at: number): Field => ({ at, bits: 64 });

/**
 * Offsets from `struct gpu_metrics_v*` in the kernel's `kgd_pp_interface.h`, with natural alignment. Version 1.6 exists
 * in two layouts, told apart by their size. The unit of 2.0 to 2.3 is not stated; 1.9 is a list of attributes.
 */
const LAYOUTS: readonly Layout[] = [
  { version: '1.0', sizes: [80], energy: { at: 36, bits: 32 } },
  { version: '1.1', sizes: [96], energy: U64(24) },
  { version: '1.2', sizes: [104], energy: U64(24) },
  { version: '1.3', sizes: [120], energy: U64(24), throttle: U64(112) },
  { version: '1.4', sizes: [288], energy: U64(24) },
  { version: '1.5', sizes: [360], energy: U64(88) },
  { version: '1.6', sizes: [384], energy: U64(88) },
  { version: '1.6', sizes: [1664], energy: U64(16) },
  { version: '2.4', sizes: [168], graphics: { at: 46, bits: 16 } },
  { version: '3.0', sizes: [264], graphics: { at: 124, bits: 32 } },
];

const HEADER_BYTES = 4;

/** What a table tells, `undefined` when it is cut off or no table at all. */
export function parseGpuMetrics(table: Buffer): GpuMetrics | undefined {
  if (table.length < HEADER_BYTES) return undefined;
  const size = table.readUInt16LE(0);
  const format = table.readUInt8(2);
  if (size < HEADER_BYTES || size > table.length || format === 0) return undefined;
  const version = `${format}.${table.readUInt8(3)}`;
  const layout = LAYOUTS.find((one) => one.version === version && one.sizes.includes(size));
  const energy = readField(table, layout?.energy);
  const graphics = readField(table, layout?.graphics);
  const throttle = readField(table, layout?.throttle);
  return {
    version,
    isIntegrated: format > 1,
    ...(energy !== undefined && { microjoules: toMicrojoules(energy) }),
    ...(graphics !== undefined && { graphicsMicrowatts: graphics * 1000n }),
    ...(throttle !== undefined && { throttled: reasonsOf(throttle) }),
  };
}

/** All ones stand for "not available". */
function readField(table: Buffer, field: Field | undefined): bigint | undefined {
  if (field === undefined) return undefined;
  const { at, bits } = field;
  const value =
    bits === 64 ? table.readBigUInt64LE(at) : BigInt(bits === 32 ? table.readUInt32LE(at) : table.readUInt16LE(at));
  return value === (1n << BigInt(bits)) - 1n ? undefined : value;
}

/** The accumulator's unit is 2^-16 J. */
const toMicrojoules = (units: bigint): bigint => (units * 1_000_000n) >> 16n;
/** Smallest step of the accumulator, in microjoules. */
export const GPU_METRICS_QUANTUM = 1e6 / 2 ** 16;
/** Some chips count in 32 bits, whatever the field's width, in microjoules. */
export const GPU_METRICS_PERIOD = toMicrojoules(2n ** 32n);

/** Bits of `indep_throttle_status`, from `SMU_THROTTLER_*_BIT` in the kernel's `amdgpu_smu.h`. */
const THROTTLE_BITS: readonly { readonly from: number; readonly to: number; readonly reason: ThrottleReason }[] = [
  { from: 0, to: 23, reason: 'power-cap' },
  { from: 32, to: 47, reason: 'thermal' },
  { from: 56, to: 63, reason: 'hardware' },
];

function reasonsOf(status: bigint): readonly ThrottleReason[] {
  return THROTTLE_BITS.filter(({ from, to }) => {
    const mask = ((1n << BigInt(to - from + 1)) - 1n) << BigInt(from);
    return (status & mask) !== 0n;
  }).map(({ reason }) => reason);
}
