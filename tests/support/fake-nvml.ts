/** Compiles the stand-in for NVML and gives each test its own copy with its own scenario. */

import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Values by key, as `fake-nvml.c` explains them. */
export type NvmlScenario = Readonly<Record<string, string | number | bigint>>;

export interface FakeNvml extends Disposable {
  /** Path of the library. */
  readonly library: string;
  /** Takes effect at the next call. */
  set(scenario: NvmlScenario): void;
}

const SOURCE = fileURLToPath(new URL('./fake-nvml.c', import.meta.url));

/** The C compiler of this machine, or `undefined`. */
export function cCompiler(): string | undefined {
  return ['cc', 'gcc', 'clang'].find((name) => {
    try {
      execFileSync(name, ['--version'], { stdio: 'ignore' });
      return true;
    } catch {
      return false;
    }
  });
}

/** Compiles once; `without` leaves functions out as an old driver does (`ENERGY`, `FIELDS`). */
export function compileFakeNvml(compiler: string, without: readonly string[] = []): string {
  const library = join(mkdtempSync(join(tmpdir(), 'ecopt-fake-nvml-')), 'libnvidia-ml.so.1');
  const defines = without.map((name) => `-DWITHOUT_${name}`);
  execFileSync(compiler, [
    '-shared',
    '-fPIC',
    '-O1',
    '-Wall',
    '-Wextra',
    ...defines,
    '-o',
    library,
    SOURCE,
    '-ldl',
    '-lm',
  ]);
  return library;
}

/** A copy of its own: the loader takes equal paths for one library. */
export function startFakeNvml(compiled: string, scenario: NvmlScenario): FakeNvml {
  const folder = mkdtempSync(join(tmpdir(), 'ecopt-nvml-'));
  const library = join(folder, 'libnvidia-ml.so.1');
  copyFileSync(compiled, library);
  const set = (values: NvmlScenario): void => {
    const lines = Object.entries(values).map(([key, value]) => `${key} ${value}\n`);
    writeFileSync(`${library}.new`, lines.join(''));
    renameSync(`${library}.new`, `${library}.scenario`);
    // A library whose time runs looks at the file once a millisecond.
    if (!isFrozen) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2);
    isFrozen = 'now_ms' in values;
  };
  let isFrozen = true;
  set(scenario);
  return { library, set, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) };
}
