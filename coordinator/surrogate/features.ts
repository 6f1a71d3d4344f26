/** How far apart two coordinates are, by the kind of parameter behind them. NaN stands for an inactive parameter. */

/** `numeric`: always active and ordered; `conditional`: ordered, at times inactive; `categorical`: unordered. */
export type FeatureKind = 'numeric' | 'conditional' | 'categorical';

/**
 * Largest angle between two active values of a conditional parameter. At 60 degrees the far ends of its range lie as
 * far from each other as each lies from "inactive".
 */
const ARC = Math.PI / 3;

/**
 * Squared distance of two coordinates in the space in which the kernel lives.
 *
 * Conditional parameters lie on an arc around the point that stands for "inactive": two inactive ones coincide, an
 * inactive one is equally far from all active ones. Unordered values, "inactive" among them, are 0 or 1 apart.
 *
 * Source of the arc: Swersky et al. (2013), "Raiders of the Lost Architecture", arXiv 1409.4011.
 */
export function squaredDifference(kind: FeatureKind, a: number, b: number): number {
  if (kind === 'numeric') return (a - b) * (a - b);
  const [isInactiveA, isInactiveB] = [Number.isNaN(a), Number.isNaN(b)];
  if (isInactiveA || isInactiveB) return isInactiveA && isInactiveB ? 0 : 1;
  if (kind === 'categorical') return a === b ? 0 : 1;
  return 2 - 2 * Math.cos(ARC * (a - b));
}

/** Half the slope of {@link squaredDifference} in `a`; 0 where `a` cannot be moved. */
export function halfSlope(kind: FeatureKind, a: number, b: number): number {
  if (kind === 'numeric') return a - b;
  if (kind === 'categorical' || Number.isNaN(a) || Number.isNaN(b)) return 0;
  return ARC * Math.sin(ARC * (a - b));
}
