/** The greeting of a NATS server: the first line it sends to whoever connects, in clear even before TLS. */

import { connect } from 'node:net';

export interface ServerInfo {
  readonly serverName: string;
  readonly version: string;
  readonly jetstream: boolean;
}

/** Longest wait for a greeting on a connection that was accepted. */
const GREETING_MILLISECONDS = 2000;
const LONGEST_GREETING = 65_536;

/** The greeting of whatever listens at `host:port`; `undefined` if nothing does, or no NATS server. */
export function readServerInfo(host: string, port: number): Promise<ServerInfo | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: GREETING_MILLISECONDS });
    let text = '';
    const end = (info?: ServerInfo): void => {
      socket.destroy();
      resolve(info);
    };
    socket.setEncoding('utf8').on('data', (part: string) => {
      text += part;
      if (text.includes('\r\n') || text.length > LONGEST_GREETING) end(parseGreeting(text));
    });
    for (const event of ['error', 'timeout', 'end'] as const) socket.once(event, () => end());
  });
}

/** What `INFO {…}` says; `undefined` for any other line. */
function parseGreeting(line: string): ServerInfo | undefined {
  const json = /^INFO (\{.*\})\s/.exec(line)?.[1];
  if (json === undefined) return undefined;
  try {
    const { server_name, version, jetstream } = JSON.parse(json) as Record<string, unknown>;
    return { serverName: String(server_name), version: String(version), jetstream: jetstream === true };
  } catch {
    return undefined;
  }
}
