/** One parameter as a coordinate in [0, 1]: continuous, or levels of equal width. */

import type { ParameterValue } from '../../shared/domain/configuration.js';
import type {
  CategoricalParameter,
  ConstantParameter,
  FloatParameter,
  IntegerParameter,
  OrdinalParameter,
  Parameter,
} from '../../shared/domain/search-space.js';

export type VaryingParameter = Exclude<Parameter, ConstantParameter>;

/** How a parameter is laid along its coordinate. */
export interface Axis {
  readonly parameter: VaryingParameter;
  /** Distinct values; Infinity for a continuous parameter. */
  readonly levels: number;
  /** The value at `u` in [0, 1]; values outside are taken at the nearer end. */
  decode(u: number): ParameterValue;
  /**
   * The coordinate of a legal value. decode(encode(value)) is the value, bit by bit, where that came from `decode`; any
   * other is met to within {@link FINEST_GRID} of the coordinate.
   */
  encode(value: ParameterValue): number;
  /** The value of one level, counting from 0; only where `levels` is finite. */
  level(index: number): ParameterValue;
  /** The level of a legal value; the inverse of {@link Axis.level}. */
  levelOf(value: ParameterValue): number;
  /** What is wrong with a value, or `undefined`. */
  fault(value: ParameterValue): string | undefined;
}

/** Significant digits of stepped values, so that 0.1 + 2 x 0.1 is 0.3; finer steps keep all of theirs. */
const STEP_DIGITS = 14;
/** Distance from a step, as a share of the step, that is taken for rounding. */
const STEP_TOLERANCE = 1e-6;

/**
 * Coordinates are taken at the nearest multiple of this, or of a coarser power of two where numbers so close together
 * cannot be told apart: rounding on the way to a value and back is then undone.
 */
const FINEST_GRID = 2 ** -48;
/** More levels than this are told apart by the grid of a continuous coordinate. */
const MOST_CELLS = 2 ** 40;

/** The axis of a parameter. The parameter must be free of faults. */
export function axisOf(parameter: VaryingParameter): Axis {
  switch (parameter.kind) {
    case 'float':
      return parameter.step === undefined ? continuousAxis(parameter) : steppedAxis(parameter, parameter.step);
    case 'integer':
      return parameter.scale === 'log' ? logIntegerAxis(parameter) : steppedAxis(parameter, parameter.step ?? 1);
    case 'ordinal':
    case 'categorical':
      return listAxis(parameter);
  }
}

const clamp = (value: number, low: number, high: number): number => Math.min(Math.max(value, low), high);

interface Warp {
  readonly to: (value: number) => number;
  readonly from: (position: number) => number;
  /** Bound on the error of a position that went to its value and back. */
  readonly rounding: (largestPosition: number) => number;
}

const WARPS: Readonly<Record<FloatParameter['scale'], Warp>> = {
  linear: { to: (value) => value, from: (position) => position, rounding: (largest) => Number.EPSILON * largest },
  log: { to: Math.log, from: Math.exp, rounding: (largest) => 4 * Number.EPSILON * Math.max(1, largest) },
  logit: {
    to: (value) => Math.log(value) - Math.log1p(-value),
    from: (position) => (position < 0 ? odds(position) : 1 - odds(-position)),
    rounding: (largest) => 64 * Number.EPSILON * Math.max(1, largest),
  },
};

const odds = (position: number): number => Math.exp(position) / (1 + Math.exp(position));

function continuousAxis(parameter: FloatParameter): Axis {
  const { low, high } = parameter;
  // Neighbouring numbers may have one logarithm.
  const scale = WARPS[parameter.scale].to(low) < WARPS[parameter.scale].to(high) ? parameter.scale : 'linear';
  const { to, from } = WARPS[scale];
  const [start, end] = [to(low), to(high)];
  const span = spanOf(start, end, scale);
  const valueAt = (position: number): number =>
    position === start ? low : position === end ? high : clamp(from(position), low, high);
  return {
    parameter,
    levels: low < high ? Infinity : 1,
    decode: (u) => valueAt(span.position(u)),
    encode: (value) => span.coordinate(to(Number(value))),
    level: () => low,
    levelOf: () => 0,
    fault: (value) => rangeFault(value, parameter),
  };
}

/** The way between coordinates and positions on a scale. */
interface Span {
  readonly position: (u: number) => number;
  /** In [0, 1]. */
  readonly coordinate: (position: number) => number;
}

function spanOf(start: number, end: number, scale: FloatParameter['scale']): Span {
  // Halves, because the whole width of the widest ranges is no finite number.
  const width = end / 2 - start / 2;
  if (!(width > 0)) return { position: () => start, coordinate: () => 0.5 };
  const rounding = WARPS[scale].rounding(Math.max(Math.abs(start), Math.abs(end)));
  const cells = Math.min(1 / FINEST_GRID, Math.max(1, 2 ** Math.floor(Math.log2(width / rounding))));
  const snap = (u: number): number => Math.round(clamp(u, 0, 1) * cells) / cells;
  return {
    position: (u) => interpolate(start, end, snap(u)),
    coordinate: (position) => clamp((position / 2 - start / 2) / width, 0, 1),
  };
}

/** Exact at both ends and without overflow between them. */
const interpolate = (start: number, end: number, share: number): number => {
  if (share === 1) return end;
  const whole = end - start;
  return Number.isFinite(whole) ? start + share * whole : start * (1 - share) + end * share;
};

/** Values low, low + step, ...; each level has an equal share of the coordinate. */
function steppedAxis(parameter: FloatParameter | IntegerParameter, step: number): Axis {
  const { low, high } = parameter;
  const levels = Math.floor(high / step - low / step + STEP_TOLERANCE) + 1;
  const level = (index: number): number => clamp(withoutRounding(low + index * step, step), low, high);
  const levelOf = (value: ParameterValue): number =>
    clamp(Math.round(Number(value) / step - low / step), 0, levels - 1);
  const span = spanOf(0, levels - 1, 'linear');
  return {
    parameter,
    levels,
    decode: (u) => level(levels > MOST_CELLS ? Math.round(span.position(u)) : levelAt(u, levels)),
    encode: (value) => (levels > MOST_CELLS ? span.coordinate(levelOf(value)) : (levelOf(value) + 0.5) / levels),
    level,
    levelOf,
    fault(value) {
      const outside = rangeFault(value, parameter);
      if (outside !== undefined) return outside;
      const index = levelOf(value);
      if (Math.abs(Number(value) - level(index)) <= STEP_TOLERANCE * step) return undefined;
      return parameter.kind === 'integer' && step === 1
        ? 'must be a whole number'
        : `must be ${low} plus a multiple of ${step}`;
    },
  };
}

/** A stepped value in as few digits as its step allows. */
function withoutRounding(value: number, step: number): number {
  if (Math.abs(value) < STEP_TOLERANCE * step) return 0;
  const rounded = Number(value.toPrecision(STEP_DIGITS));
  return Math.abs(rounded - value) <= STEP_TOLERANCE * step ? rounded : value;
}

/**
 * Whole numbers with a share of the coordinate in proportion to the logarithmic width of the half step around them.
 *
 * With a step, the levels between are left out and their neighbours take their shares.
 */
function logIntegerAxis(parameter: IntegerParameter): Axis {
  const { low, step = 1 } = parameter;
  const stepped = steppedAxis(parameter, step);
  const start = Math.log(low - step / 2 > 0 ? low - step / 2 : low / 2);
  const end = Math.log(Number(stepped.level(stepped.levels - 1)) + step / 2);
  const span = spanOf(start, end, 'log');
  return {
    ...stepped,
    decode: (u) => stepped.level(stepped.levelOf(Math.exp(span.position(u)))),
    encode: (value) => span.coordinate(Math.log(Number(value))),
  };
}

function listAxis(parameter: OrdinalParameter | CategoricalParameter): Axis {
  const { values } = parameter;
  return {
    parameter,
    levels: values.length,
    decode: (u) => values[levelAt(u, values.length)]!,
    encode: (value) => (values.indexOf(value) + 0.5) / values.length,
    level: (index) => values[index]!,
    levelOf: (value) => values.indexOf(value),
    fault: (value) =>
      values.includes(value) ? undefined : `must be one of ${values.map((each) => JSON.stringify(each)).join(', ')}`,
  };
}

const levelAt = (u: number, levels: number): number => clamp(Math.floor(u * levels), 0, levels - 1);

function rangeFault(value: ParameterValue, { low, high }: FloatParameter | IntegerParameter): string | undefined {
  if (typeof value !== 'number' || !Number.isFinite(value)) return 'must be a finite number';
  return value >= low && value <= high ? undefined : `must lie between ${low} and ${high}`;
}
