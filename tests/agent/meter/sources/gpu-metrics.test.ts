import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { parseGpuMetrics } from '../../../../agent/meter/sources/gpu-metrics.js';
import { gpuMetricsTable } from './gpu-metrics-table.js';

const JOULE = 65_536n;

/** Offsets computed from the field lists of `kgd_pp_interface.h` with natural alignment. */
describe('the energy counter lies where the kernel puts it', () => {
  test.each([
    ['1.0', 80, 36, 32],
    ['1.1', 96, 24, 64],
    ['1.2', 104, 24, 64],
    ['1.3', 120, 24, 64],
    ['1.4', 288, 24, 64],
    ['1.5', 360, 88, 64],
    ['1.6', 384, 88, 64],
    ['1.6', 1664, 16, 64],
  ] as const)('version %s of %d bytes', (...row) => {
    const [version, size, at, bits] = row;
    const table = gpuMetricsTable({ version, size, fields: [{ at, bits, value: 12_345n * JOULE + 32_768n }] });
    expect(parseGpuMetrics(table)).toEqual({ version, isIntegrated: false, microjoules: 12_345_500_000n });
  });
});

test('more than 2^53 units stay exact', () => {
  const table = gpuMetricsTable({
    version: '1.3',
    size: 120,
    fields: [{ at: 24, bits: 64, value: 2n ** 60n + JOULE }],
  });
  expect(parseGpuMetrics(table)?.microjoules).toBe((2n ** 44n + 1n) * 1_000_000n);
});

test('throttling is told in three words', () => {
  const of = (value: bigint) =>
    parseGpuMetrics(gpuMetricsTable({ version: '1.3', size: 120, fields: [{ at: 112, bits: 64, value }] }))?.throttled;
  expect(of(0n)).toEqual([]);
  expect(of(1n << 3n)).toEqual(['power-cap']);
  expect(of((1n << 22n) | (1n << 36n))).toEqual(['power-cap', 'thermal']);
  expect(of(1n << 57n)).toEqual(['hardware']);
});

test('an integrated unit tells its own power where the unit is stated', () => {
  const apu = (version: string, size: number, field: { readonly at: number; readonly bits: 16 | 32 }) =>
    parseGpuMetrics(gpuMetricsTable({ version, size, fields: [{ ...field, value: 4321n }] }));
  expect(apu('2.4', 168, { at: 46, bits: 16 })).toEqual({
    version: '2.4',
    isIntegrated: true,
    graphicsMicrowatts: 4_321_000n,
  });
  expect(apu('3.0', 264, { at: 124, bits: 32 })).toEqual({
    version: '3.0',
    isIntegrated: true,
    graphicsMicrowatts: 4_321_000n,
  });
  expect(apu('2.1', 120, { at: 46, bits: 16 })).toEqual({ version: '2.1', isIntegrated: true });
});

describe('what is not known is not read', () => {
  const table = gpuMetricsTable({ version: '1.3', size: 120, fields: [{ at: 24, bits: 64, value: JOULE }] });

  test('all ones', () => {
    const nothing = gpuMetricsTable({ version: '1.3', size: 120, fields: [] });
    expect(parseGpuMetrics(nothing)).toEqual({ version: '1.3', isIntegrated: false });
  });

  test('a version that is not known, and a known one of another size', () => {
    expect(parseGpuMetrics(gpuMetricsTable({ version: '1.9', size: 120, fields: [] }))?.microjoules).toBeUndefined();
    const longer = gpuMetricsTable({ version: '1.3', size: 128, fields: [{ at: 24, bits: 64, value: JOULE }] });
    expect(parseGpuMetrics(longer)).toEqual({ version: '1.3', isIntegrated: false });
  });

  test('a short read, at every length', () => {
    for (let length = 0; length < table.length; length++) {
      expect(parseGpuMetrics(table.subarray(0, length))).toBeUndefined();
    }
    expect(parseGpuMetrics(table)?.microjoules).toBe(1_000_000n);
  });

  test('any bytes: nothing throws, nothing is negative', () => {
    const header = fc.record({
      size: fc.constantFrom(0, 3, 4, 80, 96, 104, 120, 168, 264, 288, 360, 384, 1664, 65_535),
      format: fc.integer({ min: 0, max: 4 }),
      content: fc.integer({ min: 0, max: 10 }),
    });
    fc.assert(
      fc.property(header, fc.uint8Array({ maxLength: 1700 }), ({ size, format, content }, bytes) => {
        const any = Buffer.from(bytes);
        if (any.length >= 4) {
          any.writeUInt16LE(size, 0);
          any.writeUInt8(format, 2);
          any.writeUInt8(content, 3);
        }
        const { microjoules = 0n, graphicsMicrowatts = 0n } = parseGpuMetrics(any) ?? {};
        expect(microjoules >= 0n && graphicsMicrowatts >= 0n).toBe(true);
      }),
    );
  });
});
