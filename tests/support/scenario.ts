/** A folder with a fast campaign of a plain program, and commands on it. */

import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, watch, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { startEcopt } from './ecopt-process.js';
import type { EcoptProcess } from './ecopt-process.js';

export interface ScenarioOptions {
  readonly trials?: number;
  /** More lines for the campaign file. */
  readonly more?: string;
}

export interface Scenario extends Disposable {
  readonly folder: string;
  readonly file: string;
  readonly state: string;
  readonly port: number;
  /** `ecopt serve` on the campaign with `--json --until-done`. */
  serve(...extra: readonly string[]): EcoptProcess;
  /** `ecopt run` on the campaign with `--json`, by default with one simulated agent, so that nothing of this machine is held. */
  run(...extra: readonly string[]): EcoptProcess;
  agent(name: string, ...extra: readonly string[]): EcoptProcess;
  ecopt(...args: readonly string[]): EcoptProcess;
  /** Trials wait inside from now on. */
  hold(): void;
  /** Resolves when a trial's process waits, with its process id. */
  held(): Promise<number>;
  letGo(): void;
}

export const LEASE_SECONDS = 6;

export async function openScenario({ trials = 6, more = '' }: ScenarioOptions = {}): Promise<Scenario> {
  const folder = mkdtempSync(join(tmpdir(), 'ecopt-scenario-'));
  const gate = join(folder, 'gate');
  const state = join(folder, 'state');
  const file = join(folder, 'campaign.yaml');
  mkdirSync(gate);
  writeFileSync(file, campaignText(gate, trials, more));
  const port = await freePort();
  const server = ['--state', state, '--port', String(port), '--lease-term', String(LEASE_SECONDS), '--json'];
  const agentState = (name: string): string[] => ['--name', name, '--state', join(state, `of-${name}`)];
  return {
    ...{ folder, file, state, port },
    serve: (...extra) => startEcopt(['serve', file, ...server, '--until-done', ...extra]),
    run: (...extra) =>
      startEcopt(['run', file, ...server, '--allow-command', ...(extra.length > 0 ? extra : ['--simulate', 'h100'])]),
    agent: (name, ...extra) =>
      startEcopt([
        ...['agent', '--coordinator', `127.0.0.1:${port}`, '--allow-command', '--json'],
        ...agentState(name),
        ...(extra.length > 0 ? extra : ['--simulate', 'h100']),
      ]),
    ecopt: (...args) => startEcopt(args),
    hold: () => writeFileSync(join(gate, 'hold'), ''),
    held: () => runningIn(gate),
    letGo: () => rmSync(join(gate, 'hold'), { force: true }),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

const campaignText = (gate: string, trials: number, more: string): string => `
name: scenario
seed: 3
space:
  x: {low: 0, high: 1, kind: float}
objectives:
  loss: {metric: loss, goal: minimize}
  energy: {energy: {window: train}}
metrics:
  secret_test: {role: test}
workload:
  kind: command
  argv: [${JSON.stringify(process.execPath)}, ${JSON.stringify(join(process.cwd(), 'tests/support/trial-program.mjs'))}, --x, "{x}", --gate, ${JSON.stringify(gate)}]
  metrics:
    loss: {pattern: "loss=([0-9.]+)"}
    secret_test: {pattern: "secret_test=([0-9.]+)"}
proposer: {kind: sobol, start: 2}
budget: {trials: ${trials}}
${more}`;

/** Process id of a trial that waits at the gate, as soon as there is one. */
function runningIn(gate: string): Promise<number> {
  const find = (): number | undefined => {
    const marks = readdirSync(gate).flatMap((name) => /^running-(\d+)$/.exec(name)?.[1] ?? []);
    return marks.map(Number).find(isAlive);
  };
  return new Promise((resolve) => {
    const watcher = watch(gate, () => done(find()));
    const done = (pid: number | undefined): void => {
      if (pid === undefined) return;
      watcher.close();
      resolve(pid);
    };
    done(find());
  });
}

/** Whether a process still runs; one that is dead but not yet reaped does not. */
export function isAlive(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3) !== 'Z';
  } catch {
    return false;
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
