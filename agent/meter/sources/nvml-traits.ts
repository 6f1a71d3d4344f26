/** How the sensors of NVIDIA's chips are known to behave, until each card's own behaviour is found. */

import type { SensorTraits } from '../energy-source.js';
import { AVERAGE_POWER_FIELD, INSTANT_POWER_FIELD } from './nvml-fields.js';
import type { NvmlMethod } from './nvml-methods.js';

/** What NVML says of a card, as far as its sensors depend on it. */
export interface NvmlChip {
  readonly product: string;
  /** `nvmlDeviceArchitecture_t`; absent when an old driver does not tell. */
  readonly architecture?: number;
}

/** Traits of one way to read a card. */
export const traitsOf = (method: NvmlMethod, chip: NvmlChip): SensorTraits =>
  method.quantity === 'energy' ? counterTraits(chip) : powerTraits(method, chip);

function counterTraits(chip: NvmlChip): SensorTraits {
  const family = familyOf(chip);
  return {
    reads: 'energy',
    latched: true,
    updateNanoseconds: family.updateNanoseconds,
    averagingNanoseconds: 0n,
    coverage: {
      ...family.coverage,
      basis: `${family.coverage.basis}; the counter is taken to rest on the power sensor`,
    },
    quantumMicrojoules: 1000,
    gain: GAIN,
    estimate: 0,
  };
}

function powerTraits(method: NvmlMethod, chip: NvmlChip): SensorTraits {
  const family = familyOf(chip);
  return {
    reads: 'power',
    latched: true,
    updateNanoseconds: family.updateNanoseconds,
    averagingNanoseconds: averaging(method, family),
    coverage: family.coverage,
    quantumMicrojoules: 0,
    quantumMicrowatts: 1000,
    gain: GAIN,
    estimate: 0,
  };
}

/**
 * Standard uncertainty of a card's gain: plus or minus 5 %, taken as rectangular. The cards of GPU_Power_Benchmark
 * (Yang et al., 2024) read 4 to 8 % low or 5 % high of an external meter.
 */
const GAIN = 0.05 / Math.sqrt(3);
const MILLISECOND = 1_000_000n;
const SECOND = 1_000_000_000n;

interface Family {
  /** True for the chips that `isMember` knows by generation or, where the driver does not tell that, by product. */
  readonly isMember: (chip: NvmlChip) => boolean;
  readonly updateNanoseconds: bigint;
  /** Averaging window of the momentary power. */
  readonly instantNanoseconds: bigint;
  /** What `nvmlDeviceGetPowerUsage` gives. */
  readonly usage: 'instant' | 'average';
  readonly coverage: SensorTraits['coverage'];
}

const VOLTA = 5;
const AMPERE = 7;
const ADA = 8;
const HOPPER = 9;

/** Chips GA100 and GH100 and those after them, as their products are called; GeForce and RTX cards are others. */
const GA100_PRODUCT = /\bA(100[A-Z]?|800|30X?)\b|CMP 170HX|DRIVE-PG199/;
const GH100_PRODUCT = /\bG?H(100|200|800|20)\b/;
const LATER_PRODUCT = /\b[GV]?[BR]\d{3}\b/;

const PART_TIME_PAPER = 'arXiv 2312.02741: the A100 and H100 look 25 % of the time';

/**
 * First match counts. Update periods and windows: traces of GPU_Power_Benchmark (V100: 20 ms; A100: 25 of 100 ms; RTX
 * 3090 and A5000: 100 of 100 ms; RTX 4090: 100 to 150 ms). PowerUsage is an average over 1 s from Ampere on, GA100
 * excepted: nvml.h.
 */
const FAMILIES: readonly Family[] = [
  {
    isMember: (chip) => isOf(chip, AMPERE) && GA100_PRODUCT.test(chip.product),
    updateNanoseconds: 100n * MILLISECOND,
    instantNanoseconds: 25n * MILLISECOND,
    usage: 'instant',
    coverage: { share: 0.25, basis: PART_TIME_PAPER },
  },
  {
    isMember: (chip) => (chip.architecture === undefined ? GH100_PRODUCT.test(chip.product) : isOf(chip, HOPPER)),
    updateNanoseconds: 100n * MILLISECOND,
    instantNanoseconds: 25n * MILLISECOND,
    usage: 'average',
    coverage: { share: 0.25, basis: PART_TIME_PAPER },
  },
  {
    isMember: ({ product, architecture }) => (architecture ?? HOPPER + 1) > HOPPER && LATER_PRODUCT.test(product),
    updateNanoseconds: 100n * MILLISECOND,
    instantNanoseconds: 25n * MILLISECOND,
    usage: 'average',
    coverage: { share: 0.25, basis: `nothing is known of this chip; taken like those before it (${PART_TIME_PAPER})` },
  },
  {
    isMember: (chip) => chip.architecture === AMPERE || chip.architecture === ADA,
    updateNanoseconds: 100n * MILLISECOND,
    instantNanoseconds: 100n * MILLISECOND,
    usage: 'average',
    coverage: { share: 1, basis: 'GPU_Power_Benchmark: RTX 3090, A5000 and 4090 look all of the time' },
  },
  {
    isMember: (chip) => (chip.architecture === undefined ? /\bV100\b/.test(chip.product) : isOf(chip, VOLTA)),
    updateNanoseconds: 20n * MILLISECOND,
    instantNanoseconds: 20n * MILLISECOND,
    usage: 'instant',
    coverage: { share: 1, basis: 'nothing is known of this chip; taken as looking all of the time' },
  },
];

/** Nothing is known: PowerUsage is then taken for the average, the worse of the two. */
const UNKNOWN: Family = {
  isMember: () => true,
  updateNanoseconds: 100n * MILLISECOND,
  instantNanoseconds: 100n * MILLISECOND,
  usage: 'average',
  coverage: { share: 1, basis: 'nothing is known of this chip; taken as looking all of the time' },
};

const familyOf = (chip: NvmlChip): Family => FAMILIES.find(({ isMember }) => isMember(chip)) ?? UNKNOWN;

/** A card of unknown generation may be of this one. */
const isOf = ({ architecture }: NvmlChip, generation: number): boolean => (architecture ?? generation) === generation;

function averaging(method: NvmlMethod, { instantNanoseconds, usage }: Family): bigint {
  if (method.kind === 'field' && method.field === INSTANT_POWER_FIELD) return instantNanoseconds;
  if (method.kind === 'field' && method.field === AVERAGE_POWER_FIELD) return SECOND;
  return usage === 'instant' ? instantNanoseconds : SECOND;
}
