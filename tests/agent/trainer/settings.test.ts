import { expect, test } from 'vitest';

import { languageModelSettings } from '../../../agent/trainer/settings.js';
import { UsageError } from '../../../shared/domain/errors.js';
import {
  LANGUAGE_MODEL_DEFAULTS,
  LANGUAGE_MODEL_PARAMETERS,
  languageModelOptionsSchema,
} from '../../../shared/schema/language-model-schema.js';

test('the defaults are valid and complete', () => {
  expect(languageModelOptionsSchema.parse(LANGUAGE_MODEL_DEFAULTS)).toEqual(LANGUAGE_MODEL_DEFAULTS);
  expect(languageModelSettings({}, {})).toEqual(LANGUAGE_MODEL_DEFAULTS);
  for (const name of LANGUAGE_MODEL_PARAMETERS) expect(LANGUAGE_MODEL_DEFAULTS).toHaveProperty(name);
});

test('an option replaces its default, a parameter too', () => {
  const settings = languageModelSettings({ tokens: 5000, layers: 3 }, { heads: 2, learning_rate: 0.1 });
  expect(settings).toEqual({ ...LANGUAGE_MODEL_DEFAULTS, tokens: 5000, layers: 3, heads: 2, learning_rate: 0.1 });
});

test('every fault is named at once', () => {
  const faulty = (): unknown =>
    languageModelSettings(
      { tokens: 1.5, evaluation_tokens: 600, layers: 2, colour: 1 },
      { layers: 2, depth: 3, head_width: 7 },
    );
  expect(faulty).toThrow(UsageError);
  expect(faulty).toThrow(/depth: the language model's parameters are learning_rate, heads/);
  expect(faulty).toThrow(/layers: is both a parameter and an option/);
  expect(faulty).toThrow(/tokens: must be a whole number/);
  expect(faulty).toThrow(/evaluation_tokens: must be a multiple of 512/);
  expect(faulty).toThrow(/head_width: must be even/);
  expect(faulty).toThrow(/colour/);
});

test.each([
  ['learning_rate', 0],
  ['learning_rate', '0.1'],
  ['heads', 0],
  ['context', 513],
  ['batch_size', -1],
])('%s = %s is refused', (name, value) => {
  expect(() => languageModelSettings({}, { [name]: value })).toThrow(`${name}: must be`);
});
