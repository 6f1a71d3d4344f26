/** Seeded random numbers: every draw in the project comes from here, so that a seed repeats a run. */

/** A stream of pseudo-random numbers. */
export interface Random {
  /** Uniform on [0, 1), 32 bits of resolution. */
  uniform(): number;
  /** Standard normal. */
  normal(): number;
  /** Uniform integer in [0, bound). */
  integer(bound: number): number;
}

/**
 * A generator from any text: equal texts give equal streams, different texts unrelated ones.
 *
 * Seeds are texts so that a stream can be named after what it is for: `seededRandom(`${seed}/bootstrap`)`.
 * Source: xoshiro128** of Blackman & Vigna (2018), seeded by FNV-1a and splitmix32.
 */
export function seededRandom(seed: string | number): Random {
  const state = seedState(String(seed));
  const uniform = (): number => next(state) / 2 ** 32;
  return {
    uniform,
    normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
    integer: (bound) => Math.floor(uniform() * bound),
  };
}

/** FNV-1a. */
function seedNumber(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

function seedState(text: string): Uint32Array {
  let z = seedNumber(text);
  return Uint32Array.from({ length: 4 }, () => {
    z = (z + 0x9e3779b9) | 0;
    let t = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
    t = Math.imul(t ^ (t >>> 15), 0x735a2d97);
    return (t ^ (t >>> 15)) >>> 0;
  });
}

function next(s: Uint32Array): number {
  const result = Math.imul(rotateLeft(Math.imul(s[1]!, 5), 7), 9) >>> 0;
  const t = s[1]! << 9;
  s[2]! ^= s[0]!;
  s[3]! ^= s[1]!;
  s[1]! ^= s[2]!;
  s[0]! ^= s[3]!;
  s[2]! ^= t;
  s[3] = rotateLeft(s[3]!, 11);
  return result;
}

const rotateLeft = (x: number, k: number): number => (x << k) | (x >>> (32 - k));
