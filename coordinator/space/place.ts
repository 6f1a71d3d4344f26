/** A parameter in its place within a space. */

import type { Configuration } from '../../shared/domain/configuration.js';
import type { ConstantParameter, Parameter } from '../../shared/domain/search-space.js';
import type { Axis, VaryingParameter } from './axis.js';

/** A parameter with its axis and the coordinate of a point that it owns; constants have neither. */
export type Place =
  | { readonly parameter: ConstantParameter; readonly axis?: never; readonly coordinate?: never }
  | { readonly parameter: VaryingParameter; readonly axis: Axis; readonly coordinate: number };

/** Whether a parameter is active, given the values of those before it. */
export const isActive = ({ when }: Parameter, earlier: Configuration): boolean =>
  !when || when.in.some((value) => value === earlier[when.parameter]);
