import { expect, test } from 'vitest';

import { scrambledSobol, sobolBits } from '../../../coordinator/proposer/sobol.js';
import { SOBOL_DIMENSIONS } from '../../../coordinator/proposer/sobol-directions.js';
import { DomainError } from '../../../shared/domain/errors.js';

/** First points in six dimensions as the program of Joe & Kuo prints them for `new-joe-kuo-6.21201`. */
const PUBLISHED = [
  [0, 0, 0, 0, 0, 0],
  [0.5, 0.5, 0.5, 0.5, 0.5, 0.5],
  [0.75, 0.25, 0.25, 0.25, 0.75, 0.75],
  [0.25, 0.75, 0.75, 0.75, 0.25, 0.25],
  [0.375, 0.375, 0.625, 0.875, 0.375, 0.125],
  [0.875, 0.875, 0.125, 0.375, 0.875, 0.625],
  [0.625, 0.125, 0.875, 0.625, 0.625, 0.875],
  [0.125, 0.625, 0.375, 0.125, 0.125, 0.375],
];

/** Points per elementary box of sides 2^-a and 2^-b in two coordinates. */
function boxCounts(
  points: readonly Float64Array[],
  [j, a]: readonly [number, number],
  [k, b]: readonly [number, number],
): number[] {
  const counts = new Array<number>(2 ** (a + b)).fill(0);
  for (const point of points) counts[Math.floor(point[j]! * 2 ** a) * 2 ** b + Math.floor(point[k]! * 2 ** b)]! += 1;
  return counts;
}

test('the unscrambled sequence begins with the published points', () => {
  PUBLISHED.forEach((point, index) => {
    expect(point.map((_, j) => sobolBits(index, j) / 2 ** 32)).toEqual(point);
  });
});

test('every dimension, scrambled, puts one of 256 points into each 256th of the range', () => {
  const sequence = scrambledSobol(SOBOL_DIMENSIONS, 'net');
  const points = Array.from({ length: 256 }, (_, i) => sequence.point(i));
  for (let j = 0; j < SOBOL_DIMENSIONS; j++) {
    expect(new Set(points.map((point) => Math.floor(point[j]! * 256))).size).toBe(256);
  }
});

test('the first two dimensions, scrambled, are a (0, 8, 2)-net: every elementary box holds its share', () => {
  for (const seed of ['a', 'b', 'c']) {
    const sequence = scrambledSobol(2, seed);
    const points = Array.from({ length: 256 }, (_, i) => sequence.point(i));
    for (let a = 0; a <= 8; a++) expect(new Set(boxCounts(points, [0, a], [1, 8 - a]))).toEqual(new Set([1]));
  }
});

test('each following block of 2^k points is a net as well', () => {
  const sequence = scrambledSobol(2, 'blocks');
  for (let block = 1; block < 5; block++) {
    const points = Array.from({ length: 16 }, (_, i) => sequence.point(16 * block + i));
    for (let a = 0; a <= 4; a++) expect(new Set(boxCounts(points, [0, a], [1, 4 - a]))).toEqual(new Set([1]));
  }
});

test('different seeds scramble differently, equal seeds equally, and no coordinate is 0 or 1', () => {
  const at = (seed: string): number[] =>
    Array.from({ length: 64 }, (_, i) => [...scrambledSobol(5, seed).point(i)]).flat();
  expect(at('x')).toEqual(at('x'));
  expect(at('x')).not.toEqual(at('y'));
  expect(at('x').every((u) => u > 0 && u < 1)).toBe(true);
});

test('neighbouring dimensions are scrambled independently', () => {
  const sequence = scrambledSobol(60, 'correlation');
  const points = Array.from({ length: 512 }, (_, i) => sequence.point(i));
  for (let j = 0; j + 1 < 60; j++) {
    const correlation = points.reduce((sum, point) => sum + 12 * (point[j]! - 0.5) * (point[j + 1]! - 0.5), 0) / 512;
    expect(Math.abs(correlation)).toBeLessThan(0.15);
  }
});

test('dimensions beyond the table are filled, the same each time', () => {
  const sequence = scrambledSobol(SOBOL_DIMENSIONS + 3, 'beyond');
  const tail = (i: number): number[] => [...sequence.point(i)].slice(SOBOL_DIMENSIONS);
  expect(tail(4)).toEqual(tail(4));
  expect(tail(4)).not.toEqual(tail(5));
  expect(new Set(tail(4)).size).toBe(3);
  expect(() => sobolBits(0, SOBOL_DIMENSIONS)).toThrow(DomainError);
});
