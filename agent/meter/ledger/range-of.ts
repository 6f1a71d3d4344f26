/** How far values lie apart. */

/** Greatest less least value; -Infinity for none. */
export function rangeOf(values: Iterable<number>): number {
  let [least, most] = [Infinity, -Infinity];
  for (const value of values) {
    if (value < least) least = value;
    if (value > most) most = value;
  }
  return most - least;
}
