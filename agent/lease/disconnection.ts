/** Why there is no connection to the coordinator, in words that tell what to do about it. */

export interface Disconnection {
  /** Goes on after "coordinator HOST:PORT: ". */
  readonly reason: string;
  /** Trying again is of no use before somebody has changed the files or flags of one side. */
  readonly isMismatch: boolean;
}

interface Cause {
  /** Found in what the gRPC library says. */
  readonly sign: RegExp;
  readonly plain: string;
  readonly secure: string;
  readonly isMismatch: boolean;
}

const NO_CERTIFICATE = 'it does not know this agent by its certificate';

const CAUSES: readonly Cause[] = [
  {
    // A connection that was made and then closed without a word.
    sign: /^Failed to connect|Connection closed before|ECONNRESET|socket hang up/,
    plain: 'it hangs up: it wants TLS (give --tls-ca, --tls-cert and --tls-key), or is no coordinator',
    secure: `it hangs up: ${NO_CERTIFICATE} (its own --tls-ca must hold this agent's authority), or is no coordinator`,
    isMismatch: false,
  },
  {
    sign: /alert (unknown ca|bad certificate|certificate (required|expired|unknown))/i,
    plain: 'it wants TLS: give --tls-ca, --tls-cert and --tls-key',
    secure: `${NO_CERTIFICATE}: its own --tls-ca must hold this agent's authority`,
    isMismatch: true,
  },
  {
    sign: /wrong version number|packet length too long|EPROTO/i,
    plain: 'it speaks another protocol, so it is no coordinator',
    secure: 'it speaks no TLS: start it with --tls-ca, --tls-cert and --tls-key, or this agent without them',
    isMismatch: true,
  },
  {
    sign: /self-signed certificate|unable to (get|verify)|issuer/i,
    plain: '',
    secure: 'its certificate was not signed by the authority in --tls-ca, so it is not trusted',
    isMismatch: true,
  },
  { sign: /certificate has expired/i, plain: '', secure: 'its certificate has expired', isMismatch: true },
];

/**
 * @param said - by the gRPC library.
 * @param isSecure - whether this agent speaks TLS.
 */
export function explainDisconnection(said: string, isSecure: boolean): Disconnection {
  const names = /altnames: (?:Host|IP): (\S+?)\.? is not .*?: (.*)/.exec(said);
  if (names) {
    const reason = `its certificate does not hold for ${names[1]}: write --coordinator with a name for which it does (${names[2]})`;
    return { reason, isMismatch: true };
  }
  const cause = CAUSES.find(({ sign }) => sign.test(said));
  const reason = cause && (isSecure ? cause.secure : cause.plain);
  return reason ? { reason, isMismatch: cause.isMismatch } : { reason: said, isMismatch: false };
}
