/**
 * Completes package-lock.json after `npm install`: npm leaves out entries of optional packages for platforms whose
 * package a registry lacks, and a newer npm's `npm ci` then refuses the whole file.
 */
import { readFileSync, writeFileSync } from 'node:fs';

const PLATFORM = /-(android|darwin|freebsd|win32|openharmony|linux)-(arm64|arm|x64|ppc64|riscv64|s390x|ia32|loong64)/;

/** @returns {Record<string, object>} entries that the lock lacks, by their path */
export function missingEntries({ packages }) {
  const missing = {};
  for (const [path, entry] of Object.entries(packages)) {
    for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
      const places = [path ? `${path}/node_modules/${name}` : undefined, `node_modules/${name}`];
      if (places.some((place) => place !== undefined && packages[place])) continue;
      const [, os, cpu] = PLATFORM.exec(name) ?? [];
      if (os === undefined) throw new Error(`${name}, an optional package of ${path}, names no platform`);
      const dev = entry.dev ? { dev: true } : {};
      missing[`node_modules/${name}`] = { version, cpu: [cpu], ...dev, optional: true, os: [os] };
    }
  }
  return missing;
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  const file = new URL('../package-lock.json', import.meta.url);
  const lock = JSON.parse(readFileSync(file, 'utf8'));
  const packages = { ...lock.packages, ...missingEntries(lock) };
  lock.packages = Object.fromEntries(Object.entries(packages).sort(([a], [b]) => (a < b ? -1 : 1)));
  writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
}
