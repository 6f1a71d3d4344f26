/** One set-up at a time on one clone. */

import { connect, createServer } from 'node:net';
import { realpathSync } from 'node:fs';
import { once } from 'node:events';

import { ROOT, say, sha256 } from './setup-support.mjs';

/**
 * Runs `work` while no other set-up of this clone does.
 *
 * The lock is a socket without a file, which the kernel frees with its process however that ends: it never goes stale.
 */
export async function withSetupLock(work) {
  const path = `\0ecopt-setup-${sha256(realpathSync(ROOT)).slice(0, 32)}`;
  let told = false;
  for (;;) {
    const server = createServer();
    try {
      await listen(server, path);
    } catch (error) {
      if (error.code !== 'EADDRINUSE') throw error;
      if (!told) say('another set-up of this clone is at work; waiting for it');
      told = true;
      await otherToEnd(path);
      continue;
    }
    try {
      return await work();
    } finally {
      server.close();
      for (const socket of waiting.get(server) ?? []) socket.destroy();
    }
  }
}

/** Those who wait, by lock: their connections end with it. */
const waiting = new WeakMap();

async function listen(server, path) {
  const sockets = [];
  waiting.set(server, sockets);
  server.on('connection', (socket) => sockets.push(socket.on('error', () => undefined)));
  server.listen({ path });
  await once(server, 'listening');
}

/** Resolves when the holder's connection ends: it is done, or dead. */
async function otherToEnd(path) {
  const socket = connect({ path });
  socket.on('error', () => undefined);
  socket.resume();
  // A killed holder resets the connection: that is an end like any other.
  await new Promise((resolve) => socket.once('close', resolve));
}
