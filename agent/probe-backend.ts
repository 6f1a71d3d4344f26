/** Asks the trainer, in a process of its own, which backend works here: a broken driver must not take the agent with it. */

import { fileURLToPath } from 'node:url';

import { EnvironmentError } from '../shared/domain/errors.js';
import type { BackendChoice } from '../shared/domain/hardware.js';
import type { Clock } from '../shared/runtime/clock.js';
import { startSubprocess } from './runner/subprocess.js';

/** Program and arguments of the built-in trainer. */
export const TRAINER = [process.execPath, fileURLToPath(new URL('./trainer/main.js', import.meta.url))] as const;

/** Forces a backend; passed on to each trial, so that it runs on what its hardware class says. */
export const BACKEND_VARIABLE = 'ECOPT_BACKEND';

export interface ProbedBackend extends BackendChoice {
  readonly usesGpu: boolean;
  readonly versions: Readonly<Record<string, string>>;
}

export interface ProbeOptions {
  /** The environment of trials, with the forced backend where there is one. */
  readonly environment: Readonly<Record<string, string>>;
  readonly workingFolder: string;
  readonly clock: Clock;
}

const PROBE_MILLISECONDS = 120_000;
const OUTPUT_BYTES = 64 * 1024;

/** @throws {EnvironmentError} in one line, if no backend works. */
export async function probeBackend({ environment, workingFolder, clock }: ProbeOptions): Promise<ProbedBackend> {
  let output = '';
  const mark = 'ECOPT_PROBE';
  const probe = await startSubprocess({
    argv: [...TRAINER, '--probe'],
    workingFolder,
    environment: { ...environment, [mark]: String(process.pid) },
    mark: `${mark}=${process.pid}`,
    clock,
    onOutput: (chunk) => (output = (output + Buffer.from(chunk).toString('utf8')).slice(-OUTPUT_BYTES)),
  });
  using _ = clock.after(PROBE_MILLISECONDS, () => void probe.end(0));
  await probe.exited;
  await probe.end(0);
  const lines = output.trim().split('\n');
  const found = lines.map(parseProbe).find((backend) => backend !== undefined);
  if (found) return found;
  throw new EnvironmentError(`the built-in trainer does not start: ${lines.at(-1) || 'it said nothing'}`);
}

/** The trainer's answer is one JSON line; libraries print other lines beside it. */
function parseProbe(line: string): ProbedBackend | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    const answer = JSON.parse(line) as Partial<ProbedBackend>;
    const complete = [answer.name, answer.reason].every((text) => typeof text === 'string');
    return complete && typeof answer.usesGpu === 'boolean' ? (answer as ProbedBackend) : undefined;
  } catch {
    return undefined;
  }
}
