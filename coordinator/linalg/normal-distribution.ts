/** The normal distribution and the improvement function built on it, accurate far into the tails. */

const SQRT_2_PI = Math.sqrt(2 * Math.PI);
const LOG_SQRT_2_PI = Math.log(SQRT_2_PI);
const INVERSE_SQRT_PI = 1 / Math.sqrt(Math.PI);
/** Below this, the improvement function is taken from its asymptotic series. */
const SERIES_BELOW = -30;

/** Standard normal density. */
export const density = (z: number): number => Math.exp(-0.5 * z * z) / SQRT_2_PI;

/** Standard normal distribution function. */
export function cumulative(z: number): number {
  const tail = density(z) * millsRatio(Math.abs(z));
  return z <= 0 ? tail : 1 - tail;
}

/** log of {@link cumulative}, finite for every finite z. */
export function logCumulative(z: number): number {
  if (z > 0) return Math.log1p(-density(z) * millsRatio(z));
  return -0.5 * z * z - LOG_SQRT_2_PI + Math.log(millsRatio(-z));
}

/** Density over distribution function, the slope of {@link logCumulative}; finite for every finite z. */
export const hazard = (z: number): number => (z <= 0 ? 1 / millsRatio(-z) : density(z) / cumulative(z));

/** (1 - distribution function) over density, for z >= 0. */
const millsRatio = (z: number): number => scaledErrorComplement(z / Math.SQRT2) * Math.sqrt(Math.PI / 2);

/** Logarithm of h(z) = density(z) + z cumulative(z), with the ratios from which its slopes follow. */
export interface LogImprovement {
  /** log h(z). */
  log: number;
  /** cumulative(z) / h(z): the slope of log h. */
  slope: number;
  /** density(z) / h(z). */
  densityRatio: number;
}

/**
 * Writes log h(z) and its ratios into `out`; h(z) is the expected part of a standard normal variable above -z.
 *
 * Source: Ament et al. (2023), "Unexpected Improvements to Expected Improvement", arXiv 2310.20708, section 4.1.
 */
export function logImprovement(z: number, out: LogImprovement): void {
  if (z > 0) {
    const phi = density(z);
    const probability = 1 - phi * millsRatio(z);
    const h = phi + z * probability;
    out.log = Math.log(h);
    out.slope = probability / h;
    out.densityRatio = phi / h;
    return;
  }
  const ratio = millsRatio(-z);
  const relative = z < SERIES_BELOW ? tailSeries(z) : 1 + z * ratio;
  out.log = -0.5 * z * z - LOG_SQRT_2_PI + Math.log(relative);
  out.slope = ratio / relative;
  out.densityRatio = 1 / relative;
}

/** h(z) / density(z) = z^-2 - 3 z^-4 + 15 z^-6 - ... for z far below 0. */
function tailSeries(z: number): number {
  const w = 1 / (z * z);
  return w * (1 - w * (3 - w * (15 - w * (105 - w * 945))));
}

const ERF_P = [
  1.85777706184603153e-1, 3.1611237438705656, 1.1386415415105016e2, 3.77485237685302021e2, 3.20937758913846947e3,
];
const ERF_Q = [2.36012909523441209e1, 2.44024637934444173e2, 1.28261652607737228e3, 2.84423683343917062e3];
const MIDDLE_P = [
  2.15311535474403846e-8, 5.64188496988670089e-1, 8.88314979438837594, 6.61191906371416295e1, 2.98635138197400131e2,
  8.8195222124176909e2, 1.71204761263407058e3, 2.05107837782607147e3, 1.23033935479799725e3,
];
const MIDDLE_Q = [
  1.57449261107098347e1, 1.17693950891312499e2, 5.37181101862009858e2, 1.62138957456669019e3, 3.29079923573345963e3,
  4.36261909014324716e3, 3.43936767414372164e3, 1.23033935480374942e3,
];
const FAR_P = [
  1.63153871373020978e-2, 3.05326634961232344e-1, 3.60344899949804439e-1, 1.25781726111229246e-1,
  1.60837851487422766e-2, 6.58749161529837803e-4,
];
const FAR_Q = [
  2.56852019228982242, 1.87295284992346725, 5.27905102951428412e-1, 6.05183413124413191e-2, 2.33520497626869185e-3,
];

/**
 * exp(x²) erfc(x) for x >= 0.
 *
 * Relative error below 1e-15. Source: Cody (1969), "Rational Chebyshev approximations for the error function",
 * Math. Comput. 23, pp. 631-637, coefficients of SPECFUN's CALERF.
 */
export function scaledErrorComplement(x: number): number {
  if (x <= 0.46875) return Math.exp(x * x) * (1 - x * quotient(ERF_P, ERF_Q, x * x));
  if (x <= 4) return quotient(MIDDLE_P, MIDDLE_Q, x);
  if (x > 1e8) return INVERSE_SQRT_PI / x;
  const w = 1 / (x * x);
  return (INVERSE_SQRT_PI - w * quotient(FAR_P, FAR_Q, w)) / x;
}

/** P(x) / Q(x), highest power first; Q is monic with its leading 1 left out. */
function quotient(p: readonly number[], q: readonly number[], x: number): number {
  let numerator = p[0]!;
  for (let i = 1; i < p.length; i++) numerator = numerator * x + p[i]!;
  let denominator = 1;
  for (const coefficient of q) denominator = denominator * x + coefficient;
  return numerator / denominator;
}

const CENTRE_P = [
  2.5090809287301226727e3, 3.3430575583588128105e4, 6.7265770927008700853e4, 4.5921953931549871457e4,
  1.3731693765509461125e4, 1.9715909503065514427e3, 1.3314166789178437745e2, 3.387132872796366608,
];
const CENTRE_Q = [
  5.226495278852854561e3, 2.8729085735721942674e4, 3.930789580009271061e4, 2.1213794301586595867e4,
  5.3941960214247511077e3, 6.871870074920579083e2, 4.2313330701600911252e1, 1,
];
const NEAR_TAIL_P = [
  7.7454501427834140764e-4, 2.27238449892691845833e-2, 2.4178072517745061177e-1, 1.27045825245236838258,
  3.64784832476320460504, 5.7694972214606914055, 4.6303378461565452959, 1.42343711074968357734,
];
const NEAR_TAIL_Q = [
  1.05075007164441684324e-9, 5.475938084995344946e-4, 1.51986665636164571966e-2, 1.4810397642748007459e-1,
  6.8976733498510000455e-1, 1.6763848301838038494, 2.05319162663775882187, 1,
];
const FAR_TAIL_P = [
  2.01033439929228813265e-7, 2.71155556874348757815e-5, 1.2426609473880784386e-3, 2.6532189526576123093e-2,
  2.9656057182850489123e-1, 1.7848265399172913358, 5.4637849111641143699, 6.6579046435011037772,
];
const FAR_TAIL_Q = [
  2.04426310338993978564e-15, 1.4215117583164458887e-7, 1.8463183175100546818e-5, 7.868691311456132591e-4,
  1.48753612908506148525e-2, 1.3692988092273580531e-1, 5.9983220655588793769e-1, 1,
];

/**
 * The z whose distribution function is `p`, 0 < p < 1.
 *
 * Relative error below 1e-15. Source: Wichura (1988), algorithm AS 241 (PPND16), Appl. Stat. 37, pp. 477-484.
 */
export function quantile(p: number): number {
  const q = p - 0.5;
  if (Math.abs(q) <= 0.425) {
    const r = 0.180625 - q * q;
    return (q * horner(CENTRE_P, r)) / horner(CENTRE_Q, r);
  }
  const r = Math.sqrt(-Math.log(q < 0 ? p : 1 - p));
  const tail =
    r <= 5
      ? horner(NEAR_TAIL_P, r - 1.6) / horner(NEAR_TAIL_Q, r - 1.6)
      : horner(FAR_TAIL_P, r - 5) / horner(FAR_TAIL_Q, r - 5);
  return q < 0 ? -tail : tail;
}

const horner = (coefficients: readonly number[], x: number): number =>
  coefficients.reduce((sum, coefficient) => sum * x + coefficient, 0);
