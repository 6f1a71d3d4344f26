/** What becomes of the standard streams when whoever reads them has gone, or their disk is full. */

/** The end of a stream that writes. */
interface Output {
  on(event: 'error', listener: (error: NodeJS.ErrnoException) => void): unknown;
}

/**
 * A reader that has gone (`| head -1`) is no fault: the rest is written to nobody. Anything else is told once.
 *
 * @param tell - Gets one sentence.
 */
export function watchOutputs(outputs: readonly Output[], tell: (fault: string) => void): void {
  let isTold = false;
  const onError = ({ code, message }: NodeJS.ErrnoException): void => {
    if (code === 'EPIPE' || isTold) return;
    isTold = true;
    tell(`the output cannot be written: ${message}`);
  };
  for (const output of outputs) output.on('error', onError);
}
