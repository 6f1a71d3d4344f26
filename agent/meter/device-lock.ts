/** One owner per device and host: an abstract Unix socket, which the kernel frees when its process ends. */

import { connect, createServer, type Server } from 'node:net';

import type { DeviceId } from '../../shared/domain/identity.js';
import type { Clock } from '../../shared/runtime/clock.js';
import { holderName } from './holder-name.js';

/** A device held by this process, or who holds it. */
export type DeviceLock =
  | { readonly kind: 'held'; readonly device: DeviceId; release(): Promise<void> }
  | {
      readonly kind: 'taken';
      readonly device: DeviceId;
      /** `undefined` when the holder does not answer, or has just ended. */
      readonly holderPid: number | undefined;
      /** What it was started as; absent where that is not known. */
      readonly holderName?: string;
    };

export interface DeviceLockOptions {
  readonly clock: Clock;
  /** This process, as others are told. */
  readonly pid: number;
}

/** A holder that says nothing for this long (a stopped process) is left unnamed, in milliseconds. */
const ANSWER_MILLISECONDS = 1000;
/** Longest abstract name that Linux takes, less the leading NUL. */
const LONGEST_NAME = 106;

/**
 * Takes a device for the life of this process.
 *
 * Abstract sockets belong to a network namespace: agents in containers with networks of their own do not see each other.
 */
export async function lockDevice(device: DeviceId, { clock, pid }: DeviceLockOptions): Promise<DeviceLock> {
  const path = `\0ecopt-device-${device}`.slice(0, LONGEST_NAME);
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.end(String(pid));
  });
  server.unref();
  if (await listens(server, path)) return { kind: 'held', device, release: () => close(server) };
  const holderPid = await askHolder(path, clock);
  const name = holderPid === undefined ? undefined : holderName(holderPid);
  return { kind: 'taken', device, holderPid, ...(name !== undefined && { holderName: name }) };
}

function listens(server: Server, path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(false);
      else reject(error);
    });
    server.listen(path, () => resolve(true));
  });
}

const close = (server: Server): Promise<void> => new Promise((resolve) => void server.close(() => resolve()));

function askHolder(path: string, clock: Clock): Promise<number | undefined> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect(path);
    const timer = clock.after(ANSWER_MILLISECONDS, () => socket.destroy());
    socket.setEncoding('utf8');
    socket.on('data', (text: string) => (answer += text));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      timer[Symbol.dispose]();
      resolve(/^\d+$/.test(answer) ? Number(answer) : undefined);
    });
  });
}
