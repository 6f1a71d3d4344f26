/** Values whose absence would be a bug. */

import { DomainError } from './errors.js';

/**
 * The value, which must be there.
 *
 * @throws {DomainError} naming `what` if it is not.
 */
export function present<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new DomainError(`${what} is missing`, { what });
  return value;
}
