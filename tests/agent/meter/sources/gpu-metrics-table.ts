/** Tables as the amdgpu driver makes them: all ones, then a header and the fields that the chip has. */

export interface TableField {
  readonly at: number;
  readonly bits: 16 | 32 | 64;
  readonly value: bigint;
}

export interface TableOptions {
  readonly version: string;
  readonly size: number;
  readonly fields: readonly TableField[];
}

export function gpuMetricsTable({ version, size, fields }: TableOptions): Buffer {
  const table = Buffer.alloc(size, 0xff);
  const [format = 0, content = 0] = version.split('.').map(Number);
  table.writeUInt16LE(size, 0);
  table.writeUInt8(format, 2);
  table.writeUInt8(content, 3);
  for (const { at, bits, value } of fields) {
    if (bits === 64) table.writeBigUInt64LE(value, at);
    else if (bits === 32) table.writeUInt32LE(Number(value), at);
    else table.writeUInt16LE(Number(value), at);
  }
  return table;
}

/** Version 1.3 with this energy, in joules. */
export const metricsWithJoules = (joules: number): Buffer =>
  gpuMetricsTable({
    version: '1.3',
    size: 120,
    fields: [
      { at: 24, bits: 64, value: BigInt(Math.round(joules * 65_536)) },
      { at: 112, bits: 64, value: 0n },
    ],
  });
