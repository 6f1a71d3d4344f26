#!/usr/bin/env node
/**
 * The one set-up step, shared by every command of this repository: packages from the lock file, a build, a NATS server.
 *
 * Plain JavaScript without packages, because it runs before there are any. Does only what is missing; speaks on standard
 * error, so that the standard output of what follows stays clean.
 */

import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { build, buildReason } from './build.mjs';
import { installPackages, installReason } from './install-packages.mjs';
import { checkMachine } from './machine.mjs';
import { withSetupLock } from './setup-lock.mjs';
import { asCommand, isMain, ROOT, say, SetupError } from './setup-support.mjs';

/** Brings this clone to a state in which everything runs; quick when nothing is missing. */
export async function setUp({ mayInstall = false, withServer = true } = {}) {
  const started = performance.now();
  checkMachine();
  const done = [];
  if (installReason() !== undefined || buildReason() !== undefined) {
    await withSetupLock(async () => {
      // Another set-up may have done it while this one waited.
      const missing = installReason();
      if (missing !== undefined) done.push(await installPackages(missing));
      const stale = buildReason();
      if (stale !== undefined) done.push(await build(stale));
    });
  }
  const server = withServer ? await natsServer(mayInstall) : 'no NATS server asked for';
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  say(`set up in ${seconds} s: ${done.join(', ') || 'packages and build were up to date'}; ${server}`);
}

/** Finds or gets the NATS server by the coordinator's own code; says which way it went. */
async function natsServer(mayInstall) {
  const url = pathToFileURL(join(ROOT, 'dist', 'coordinator', 'broker', 'find-server.js'));
  const { findNatsServer } = await import(url.href);
  const { version, origin } = await findNatsServer({ environment: process.env, say, mayFetch: true, mayInstall });
  return `NATS server ${version.major}.${version.minor}.${version.patch}: ${origin}`;
}

const HELP = `Usage: node deploy/setup.mjs [--system-packages] [--without-nats]

Installs this repository's packages, builds it and finds or gets a NATS server. Does only what is missing.

  --system-packages   as the last resort, install the distribution's nats-server with sudo (root does so unasked)
  --without-nats      leave the NATS server out: for a server of your own, npx ecopt run FILE --nats URL
`;

if (isMain(import.meta.url)) await asCommand(() => main(process.argv.slice(2)));

async function main(args) {
  const unknown = args.find((arg) => !['--system-packages', '--without-nats', '--help', '-h'].includes(arg));
  if (unknown !== undefined) throw new SetupError(`unknown argument ${unknown}; see node deploy/setup.mjs --help`);
  if (args.includes('--help') || args.includes('-h')) process.stdout.write(HELP);
  else await setUp({ mayInstall: args.includes('--system-packages'), withServer: !args.includes('--without-nats') });
}
