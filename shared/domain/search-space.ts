/** The search space of a campaign: parameters, when each is active, and what must hold between them. */

import type { ParameterValue } from './configuration.js';

export type Scale = 'linear' | 'log' | 'logit';

export type Parameter = FloatParameter | IntegerParameter | OrdinalParameter | CategoricalParameter | ConstantParameter;

interface ParameterCore {
  readonly name: string;
  /** Active only while this holds; absent: always active. */
  readonly when?: Condition;
}

export type FloatParameter = ParameterCore & {
  readonly kind: 'float';
  readonly low: number;
  readonly high: number;
  readonly scale: Scale;
  /** Distance between allowed values, counted from `low`; linear scale only. */
  readonly step?: number;
};

export type IntegerParameter = ParameterCore & {
  readonly kind: 'integer';
  readonly low: number;
  readonly high: number;
  readonly scale: 'linear' | 'log';
  readonly step?: number;
};

/** Ordered values: neighbours resemble each other. */
export type OrdinalParameter = ParameterCore & { readonly kind: 'ordinal'; readonly values: readonly ParameterValue[] };
export type CategoricalParameter = ParameterCore & {
  readonly kind: 'categorical';
  readonly values: readonly ParameterValue[];
};
export type ConstantParameter = ParameterCore & { readonly kind: 'constant'; readonly value: ParameterValue };

/** A condition on one other parameter: it is active and its value is one of `in`. */
export interface Condition {
  readonly parameter: string;
  readonly in: readonly ParameterValue[];
}

/** An arithmetic relation between parameters, as a text such as `width % heads == 0`; checked by `coordinator/space`. */
export type Constraint = string;

export interface SearchSpace {
  readonly parameters: readonly Parameter[];
  readonly constraints: readonly Constraint[];
}
