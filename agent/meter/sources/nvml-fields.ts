/** Several field values of one device in one call of NVML. */

import { nvmlResult, type NvmlResult } from './nvml-call.js';
import { NVML_SUCCESS } from './nvml-status.js';

/** Field ids; source: nvml.h 13.3. */
export const ENERGY_FIELD = 83;
export const AVERAGE_POWER_FIELD = 185;
export const INSTANT_POWER_FIELD = 186;
export const SCOPED_ENERGY_FIELD = 191;

/** What a field is about: the GPU, or the module with its CPU and memory. */
export const GPU_SCOPE = 0;
export const MODULE_SCOPE = 1;

export interface NvmlField {
  readonly field: number;
  readonly scope: number;
}

/** `nvmlFieldValue_t`. */
const ENTRY = { bytes: 40, fieldId: 0, scopeId: 4, valueType: 24, nvmlReturn: 28, value: 32 };

/** What an entry shows, in words of four bytes. */
const SHOWN = [ENTRY.nvmlReturn / 4, ENTRY.value / 4, ENTRY.value / 4 + 1];

/** The memory that one call of `nvmlDeviceGetFieldValues` reads and writes; made once and used for every look. */
export class FieldBatch {
  readonly count: number;
  readonly buffer: Buffer;
  readonly #words: Int32Array;

  constructor(fields: readonly NvmlField[]) {
    this.count = fields.length;
    const memory = new ArrayBuffer(fields.length * ENTRY.bytes);
    this.buffer = Buffer.from(memory);
    this.#words = new Int32Array(memory);
    for (const [i, { field, scope }] of fields.entries()) {
      this.buffer.writeUInt32LE(field, i * ENTRY.bytes + ENTRY.fieldId);
      this.buffer.writeUInt32LE(scope, i * ENTRY.bytes + ENTRY.scopeId);
    }
  }

  /** True when every entry shows the same figure as that of a batch of the same fields; time stamps may differ. */
  showsAs(other: FieldBatch): boolean {
    for (let word = 0; word < this.#words.length; word += ENTRY.bytes / 4) {
      if (this.#words[word + ENTRY.nvmlReturn / 4] !== NVML_SUCCESS) return false;
      for (const shown of SHOWN) if (this.#words[word + shown] !== other.#words[word + shown]) return false;
    }
    return true;
  }

  /** The outer call succeeds even when an entry failed: each has a return code of its own. */
  result(index: number): NvmlResult<bigint> {
    const start = index * ENTRY.bytes;
    return nvmlResult(this.buffer.readInt32LE(start + ENTRY.nvmlReturn), valueAt(this.buffer, start));
  }
}

/** By the entry's own type: double, unsigned int, unsigned long (8 bytes on 64-bit Linux), and so on. */
function valueAt(buffer: Buffer, start: number): bigint {
  const at = start + ENTRY.value;
  switch (buffer.readInt32LE(start + ENTRY.valueType)) {
    case 0:
      return wholeNumber(buffer.readDoubleLE(at));
    case 2:
    case 3:
      return buffer.readBigUInt64LE(at);
    case 4:
      return buffer.readBigInt64LE(at);
    case 5:
      return BigInt(buffer.readInt32LE(at));
    case 6:
      return BigInt(buffer.readUInt16LE(at));
    default:
      return BigInt(buffer.readUInt32LE(at));
  }
}

const wholeNumber = (value: number): bigint => (Number.isFinite(value) ? BigInt(Math.round(value)) : 0n);
