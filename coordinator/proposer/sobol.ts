/** The Sobol sequence: points that fill the unit cube evenly, with seeded Owen scrambling. */

import { DomainError } from '../../shared/domain/errors.js';
import { seededRandom } from '../../shared/runtime/random.js';
import { PACKED_DIRECTIONS, POLYNOMIALS_PER_DEGREE, SOBOL_DIMENSIONS } from './sobol-directions.js';

const BITS = 32;
const UNIT = 2 ** -BITS;

/** Points of a sequence, by index. */
export interface PointSequence {
  /** The point of an index from 0 to 2^32 - 1; every coordinate lies strictly within (0, 1). */
  point(index: number): Float64Array;
}

/**
 * The scrambled sequence in `dimension` dimensions; equal seeds give equal points.
 *
 * Each 2^k first points form the net that they form unscrambled. Dimensions beyond {@link SOBOL_DIMENSIONS} are filled
 * with seeded random numbers.
 *
 * Source: hash-based Owen scrambling of Laine & Karras (2011) with the constants of Burley (2020), "Practical Hash-based
 * Owen Scrambling", JCGT 9(4).
 */
export function scrambledSobol(dimension: number, seed: string): PointSequence {
  const random = seededRandom(seed);
  const hashes = Uint32Array.from({ length: Math.min(dimension, SOBOL_DIMENSIONS) }, () => random.integer(2 ** BITS));
  return {
    point(index) {
      const point = new Float64Array(dimension);
      for (let j = 0; j < hashes.length; j++) point[j] = (scramble(sobolBits(index, j), hashes[j]!) + 0.5) * UNIT;
      if (dimension === hashes.length) return point;
      const beyond = seededRandom(`${seed}/${index}`);
      for (let j = hashes.length; j < dimension; j++) point[j] = (beyond.integer(2 ** BITS) + 0.5) * UNIT;
      return point;
    },
  };
}

/**
 * Coordinate `j` of the unscrambled point `index`, times 2^32, in the order of the Gray code.
 *
 * @throws {DomainError} if `j` is not below {@link SOBOL_DIMENSIONS}.
 */
export function sobolBits(index: number, j: number): number {
  const directions = directionNumbers()[j];
  if (!directions) throw new DomainError('no direction numbers for this dimension', { dimension: j });
  let bits = 0;
  for (let gray = (index ^ (index >>> 1)) >>> 0, k = 0; gray !== 0; gray >>>= 1, k++) {
    if (gray & 1) bits ^= directions[k]!;
  }
  return bits >>> 0;
}

function scramble(bits: number, hash: number): number {
  let x = (reverse(bits) + hash) | 0;
  x ^= Math.imul(x, 0x6c50b47c);
  x ^= Math.imul(x, 0xb82f1e52);
  x ^= Math.imul(x, 0xc7afe638);
  x ^= Math.imul(x, 0x8d22f6e6);
  return reverse(x);
}

function reverse(bits: number): number {
  let x = bits;
  x = ((x >>> 1) & 0x55555555) | ((x & 0x55555555) << 1);
  x = ((x >>> 2) & 0x33333333) | ((x & 0x33333333) << 2);
  x = ((x >>> 4) & 0x0f0f0f0f) | ((x & 0x0f0f0f0f) << 4);
  x = ((x >>> 8) & 0x00ff00ff) | ((x & 0x00ff00ff) << 8);
  return ((x >>> 16) | (x << 16)) >>> 0;
}

let unpacked: readonly Uint32Array[] | undefined;

/** Direction numbers of every dimension, unpacked at first use. */
const directionNumbers = (): readonly Uint32Array[] => (unpacked ??= unpack());

function unpack(): Uint32Array[] {
  const take = bitReader(PACKED_DIRECTIONS);
  const all: Uint32Array[] = [Uint32Array.from({ length: BITS }, (_, k) => 2 ** (BITS - 1 - k))];
  POLYNOMIALS_PER_DEGREE.forEach((count, at) => {
    for (let i = 0; i < count; i++) all.push(expand(at + 1, take));
  });
  return all;
}

/** Recurrence of Bratley & Fox (1988), ACM Trans. Math. Softw. 14, algorithm 659. */
function expand(degree: number, take: (bits: number) => number): Uint32Array {
  const inner = take(degree - 1);
  const initial = Array.from({ length: degree }, (_, i) => 2 * take(i) + 1);
  const v = new Uint32Array(BITS);
  for (let k = 0; k < BITS; k++) {
    if (k < degree) {
      v[k] = initial[k]! * 2 ** (BITS - 1 - k);
      continue;
    }
    let bits = v[k - degree]! ^ (v[k - degree]! >>> degree);
    for (let i = 1; i < degree; i++) if ((inner >>> (degree - 1 - i)) & 1) bits ^= v[k - i]!;
    v[k] = bits;
  }
  return v;
}

function bitReader(base64: string): (bits: number) => number {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  let position = 0;
  return (bits) => {
    let value = 0;
    for (let i = 0; i < bits; i++, position++)
      value = 2 * value + ((bytes[position >>> 3]! >>> (7 - (position & 7))) & 1);
    return value;
  };
}
