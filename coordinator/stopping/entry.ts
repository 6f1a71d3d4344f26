/** Entries of lists of numbers whose lengths have been checked. */

import { present } from '../../shared/domain/present.js';

/** @throws {DomainError} if the list is shorter. */
export const entry = (values: ArrayLike<number>, index: number): number => present(values[index], 'entry');
