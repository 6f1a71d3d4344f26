/** The name of a machine that may be told to others. */

import { createHash } from 'node:crypto';

/** A digest of what identifies a machine, such as `/etc/machine-id`, which should not be told to others as it is. */
export const machineIdentity = (source: string): string =>
  createHash('sha256').update(`ecopt machine ${source}`).digest('hex').slice(0, 32);
