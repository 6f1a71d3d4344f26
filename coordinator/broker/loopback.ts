/** Addresses of this machine that no other can reach, and ports on them. */

import { createServer, isIPv4 } from 'node:net';

/** True for an address that only this machine can connect to. */
export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'));

/** The address by which this machine reaches its own listener at `host`. */
export const localAddress = (host: string): string => (host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host);

/** Whether `port` can be listened on now. */
export function isPortFree(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/** The first free port of `count` from `first` on; `undefined` if all are taken. */
export async function firstFreePort(host: string, first: number, count: number): Promise<number | undefined> {
  for (let port = first; port < first + count; port++) if (await isPortFree(host, port)) return port;
  return undefined;
}
