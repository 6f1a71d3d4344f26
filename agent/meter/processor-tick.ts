/** The unit in which the kernel tells processor time. */

/** USER_HZ, the unit of `/proc`, is 100 on every architecture that Node runs on. */
export const TICK_NANOSECONDS = 10_000_000n;
