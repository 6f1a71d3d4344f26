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
  /** The coordinate of a legal value: decode(encode(value)) is the value. */
  encode(value: ParameterValue): number;
  /** The value of one level, counting from 0; only where `levels` is finite. */
  level(index: number): ParameterValue;
  /** The level of a legal value; the inverse of {@link Axis.level}. */
  levelOf(value: ParameterValue): number;
  /** What is wrong with a value, or `undefined`. */
  fault(value: ParameterValue): string | undefined;
}

/** Significant digits of stepped values, so that 0.1 + 2 x 0.1 is 0.3. */
const STEP_DIGITS = 14;
/** Distance from a step, as a share of the step, that is taken for rounding. */
const STEP_TOLERANCE = 1e-6;

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
}

const WARPS: Readonly<Record<FloatParameter['scale'], Warp>> = {
  linear: { to: (value) => value, from: (position) => position },
  log: { to: Math.log, from: Math.exp },
  logit: { to: (value) => Math.log(value / (1 - value)), from: (position) => 1 / (1 + Math.exp(-position)) },
};

function continuousAxis(parameter: FloatParameter): Axis {
  const { low, high, scale } = parameter;
  const { to, from } = WARPS[scale];
  const [start, end] = [to(low), to(high)];
  return {
    parameter,
    levels: low < high ? Infinity : 1,
    decode: (u) => clamp(from(start + clamp(u, 0, 1) * (end - start)), low, high),
    encode: (value) => (low < high ? clamp((to(Number(value)) - start) / (end - start), 0, 1) : 0.5),
    level: () => low,
    levelOf: () => 0,
    fault: (value) => rangeFault(value, parameter),
  };
}

/** Values low, low + step, ...; each level has an equal share of the coordinate. */
function steppedAxis(parameter: FloatParameter | IntegerParameter, step: number): Axis {
  const { low, high } = parameter;
  const levels = Math.floor((high - low) / step + STEP_TOLERANCE) + 1;
  const level = (index: number): number => clamp(Number((low + index * step).toPrecision(STEP_DIGITS)), low, high);
  const levelOf = (value: ParameterValue): number => clamp(Math.round((Number(value) - low) / step), 0, levels - 1);
  return {
    parameter,
    levels,
    decode: (u) => level(levelAt(u, levels)),
    encode: (value) => (levelOf(value) + 0.5) / levels,
    level,
    levelOf,
    fault(value) {
      const outside = rangeFault(value, parameter);
      if (outside !== undefined) return outside;
      const steps = (Number(value) - low) / step;
      if (Math.abs(steps - Math.round(steps)) <= STEP_TOLERANCE && Math.round(steps) < levels) return undefined;
      return parameter.kind === 'integer' && step === 1
        ? 'must be a whole number'
        : `must be ${low} plus a multiple of ${step}`;
    },
  };
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
  return {
    ...stepped,
    decode: (u) => stepped.level(stepped.levelOf(Math.exp(start + clamp(u, 0, 1) * (end - start)))),
    encode: (value) => clamp((Math.log(Number(value)) - start) / (end - start), 0, 1),
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
