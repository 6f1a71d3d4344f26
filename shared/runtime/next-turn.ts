/** A pause of no length, so that long synchronous work does not keep messages and signals waiting. */

/** Resolves once the event loop has handled what has arrived meanwhile. */
export const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
