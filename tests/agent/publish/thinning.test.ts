import { expect, test } from 'vitest';

import { fitObservation } from '../../../agent/publish/fit-observation.js';
import { isKept } from '../../../agent/publish/thinning.js';
import type { Observation } from '../../../shared/domain/trial.js';
import { sampleObservation } from '../../support/sample-domain.js';

const size = (pendingBytes: number) => ({ pendingBytes, limitBytes: 100 });

test('telemetry goes first: half of the limit thins it, the limit ends it', () => {
  expect(isKept('metered', size(49), 1)).toBe(true);
  expect(isKept('metered', size(50), 29_999)).toBe(false);
  expect(isKept('metered', size(50), 30_000)).toBe(true);
  expect(isKept('reported', size(99), undefined)).toBe(true);
  expect(isKept('reported', size(100), undefined)).toBe(false);
});

test('beginnings and outcomes are always kept', () => {
  expect(isKept('started', size(1e9), 0)).toBe(true);
  expect(isKept('observed', size(1e9), 0)).toBe(true);
});

test('an outcome that fits is not touched; a larger one gives up its last windows and says so', () => {
  const [window] = sampleObservation.windows;
  const many: Observation = {
    ...sampleObservation,
    windows: Array.from({ length: 1000 }, (_, ordinal) => ({ ...window!, ordinal })),
  };
  const bytes = ({ windows }: Observation): number => 2000 * windows.length;
  expect(fitObservation(sampleObservation, bytes)).toBe(sampleObservation);
  const fitted = fitObservation(many, bytes);
  expect(bytes(fitted)).toBeLessThanOrEqual(900 * 1024);
  expect(fitted.windows).toEqual(many.windows.slice(0, fitted.windows.length));
  expect(fitted.windowsLeftOut).toBe(1000 - fitted.windows.length);
  expect(fitted.facts).toEqual(many.facts);
});
