/**
 * What sampling costs, and how late it looks; printed as a table with its bounds.
 *
 * Protocol: the built meter, with 8 GPUs of the stand-in for NVML behind the real foreign function calls (each has an
 * energy counter that updates every 100 ms and a power reading), at 50 Hz in its own thread; every row is repeated 10 times
 * after ten seconds of warm-up, for the compiler to be done. Cost is the processor time of the thread over the time that
 * passed. Lateness is of the looks at the counters, each against the instant at which it was due.
 */

import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';

import { afterAll, beforeAll, test } from 'vitest';

import { present } from '../../shared/domain/present.js';
import { buildMeter, type BuiltMeter } from '../agent/meter/built-meter.js';
import { cCompiler, compileFakeNvml, startFakeNvml, type FakeNvml, type NvmlScenario } from '../support/fake-nvml.js';

const GPUS = 8;
const REPEATS = 10;
const WARM_UP_MILLISECONDS = 10_000;
const STRETCH_MILLISECONDS = 5000;
const MOST_SHARE_OF_A_CORE = 0.01;
const LATEST_MILLISECONDS = 5;

/** What one stretch of sampling was like. */
interface Stretch {
  readonly share: number;
  readonly p50: number;
  readonly p99: number;
  readonly worst: number;
  readonly looks: number;
}

const compiler = cCompiler();
let built: BuiltMeter;
let fake: FakeNvml;
let folder = '';
beforeAll(() => {
  built = buildMeter();
  folder = mkdtempSync(join(os.tmpdir(), 'ecopt-bench-'));
  fake = startFakeNvml(compileFakeNvml(present(compiler, 'C compiler')), machine());
  writeFileSync(join(folder, 'sampler.mjs'), samplerProgram());
});
afterAll(() => {
  built[Symbol.dispose]();
  fake[Symbol.dispose]();
  rmSync(folder, { recursive: true, force: true });
});

function machine(): NvmlScenario {
  const cards = Array.from({ length: GPUS }, (_, i) => ({
    [`gpu${i}.uuid`]: `GPU-bench-${i}`,
    [`gpu${i}.name`]: 'NVIDIA Bench',
    [`gpu${i}.pci`]: `00000000:${i + 10}:00.0`,
    [`gpu${i}.energy`]: 1_000_000,
    [`gpu${i}.energy.watts`]: 300,
    [`gpu${i}.energy.period_ms`]: 100,
    [`gpu${i}.field186`]: 'true',
    [`gpu${i}.temperature`]: 50,
    [`gpu${i}.processes`]: 'none',
  }));
  return Object.assign({ driver: '1', count: GPUS }, ...cards) as NvmlScenario;
}

/** The sampler in a thread of its own, on a clock that notes how late each timer is. */
function samplerProgram(): string {
  return `
    import { parentPort, workerData } from 'node:worker_threads';
    import { readFileSync } from 'node:fs';
    const { openSamplerCore } = await import(${JSON.stringify(built.url('agent/meter/sampling/open-sampler'))});
    const { systemClock } = await import(${JSON.stringify(built.url('shared/runtime/clock'))});
    const { openSources } = await import(${JSON.stringify(built.url('agent/meter/sources/open-sources'))});
    const { raisePriority } = await import(${JSON.stringify(built.url('agent/meter/sampling/sampler-priority'))});
    const { Doorbell } = await import(${JSON.stringify(built.url('agent/meter/sampling/doorbell'))});
    const { CounterLooks } = await import(${JSON.stringify(built.url('agent/meter/sampling/counter-looks'))});
    const lateness = [];
    const now = () => Number(process.hrtime.bigint()) / 1e6;
    const clock = {
      ...systemClock,
      after(milliseconds, action) {
        const due = now() + milliseconds;
        const isLook = milliseconds < 30;
        return systemClock.after(milliseconds, () => {
          if (isLook) lateness.push(now() - due);
          action();
        });
      },
    };
    const bell = new Doorbell();
    const standStill = (milliseconds) => {
      const due = now() + milliseconds;
      const isOver = bell.standStill(milliseconds);
      if (isOver) lateness.push(now() - due);
      return isOver;
    };
    if (workerData.priority) raisePriority();
    const isGpu = ({ part }) => part === 'accelerator';
    const every20 = (actions) =>
      new CounterLooks({ clock, periodMilliseconds: 20, isAwaited: () => false, together: 10, makeOut() {}, ...actions });
    if (workerData.work === 'samples') {
      const core = openSamplerCore(workerData.settings, clock, standStill);
      const { found } = await core.probe();
      await core.hold(found.filter(isGpu).map(({ device }) => device.id));
    } else if (workerData.work === 'reads') {
      const source = openSources(workerData.settings, clock).find(({ name }) => name === 'nvml');
      const held = new Set(source.probe().found.filter(isGpu).map(({ device }) => device.id));
      every20({ standStill, look: () => source.look(held), makeOut: () => void source.sample(held, []) });
    } else {
      every20({ ...(workerData.work === 'wakes' && { standStill }), look() {} });
    }
    const tid = readFileSync('/proc/thread-self/stat', 'utf8').split(' ')[0];
    const busy = () => Number(readFileSync('/proc/self/task/' + tid + '/schedstat', 'utf8').split(' ')[0]) / 1e6;
    let before = { busy: busy(), at: performance.now() };
    parentPort.on('message', () => {
      const now = { busy: busy(), at: performance.now() };
      parentPort.postMessage({ share: (now.busy - before.busy) / (now.at - before.at), lateness: lateness.splice(0) });
      before = now;
    });
    parentPort.postMessage('ready');`;
}

class SampledMachine {
  readonly #worker: Worker;

  private constructor(worker: Worker) {
    this.#worker = worker;
  }

  static async start(work: Conditions['work'], priority: boolean): Promise<SampledMachine> {
    const settings = { nvmlLibrary: fake.library, sysfsRoot: folder, procRoot: '/proc', ownPid: process.pid };
    const url = pathToFileURL(join(folder, 'sampler.mjs'));
    const worker = new Worker(url, { workerData: { settings, work, priority } });
    await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
    return new SampledMachine(worker);
  }

  /** What happened since the last call. */
  async take(): Promise<Stretch> {
    const answer = new Promise((resolve) => this.#worker.once('message', resolve));
    this.#worker.postMessage('take');
    const { share, lateness } = (await answer) as { readonly share: number; readonly lateness: number[] };
    const sorted = lateness.sort((a, b) => a - b);
    const at = (quantile: number): number => sorted[Math.ceil(quantile * sorted.length) - 1] ?? NaN;
    return { share, p50: at(0.5), p99: at(0.99), worst: at(1), looks: sorted.length };
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }
}

const wait = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

function block(milliseconds: number): void {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
}

interface Conditions {
  readonly name: string;
  /** The whole sampler; only its calls of the library; or a thread that only wakes as it does, or by a timer each time. */
  readonly work: 'samples' | 'reads' | 'wakes' | 'timer';
  readonly priority: boolean;
  /** Busy processes per core. */
  readonly burners: number;
  readonly blocksMainThread: boolean;
}

const QUIET = { work: 'samples', priority: true, burners: 0, blocksMainThread: false } as const;
const CONDITIONS: readonly Conditions[] = [
  { ...QUIET, name: 'nothing else of ours runs' },
  { ...QUIET, name: 'of which the calls of the library', work: 'reads' },
  { ...QUIET, name: 'of which a thread that only wakes', work: 'wakes' },
  { ...QUIET, name: '(a thread that a timer wakes)', work: 'timer' },
  { ...QUIET, name: 'main thread blocked', blocksMainThread: true },
  { ...QUIET, name: 'all cores burning', burners: 1 },
  { ...QUIET, name: 'two burners a core, main thread blocked', burners: 2, blocksMainThread: true },
  { ...QUIET, name: 'the same at ordinary priority', burners: 2, blocksMainThread: true, priority: false },
];

async function measure({ work, priority, burners, blocksMainThread }: Conditions): Promise<readonly Stretch[]> {
  const busy: ChildProcess[] = Array.from({ length: burners * os.availableParallelism() }, () =>
    spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' }),
  );
  const sampled = await SampledMachine.start(work, priority);
  try {
    await wait(WARM_UP_MILLISECONDS);
    await sampled.take();
    const stretches: Stretch[] = [];
    for (let i = 0; i < REPEATS; i++) {
      if (blocksMainThread) block(STRETCH_MILLISECONDS);
      else await wait(STRETCH_MILLISECONDS);
      stretches.push(await sampled.take());
    }
    return stretches;
  } finally {
    await sampled.end();
    for (const child of busy) child.kill('SIGKILL');
  }
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] ?? NaN;
const worst = (values: readonly number[]): number => Math.max(...values);

test.skipIf(compiler === undefined)('cost and lateness of sampling', async () => {
  const table: string[][] = [HEADING];
  for (const conditions of CONDITIONS) table.push(rowOf(conditions.name, await measure(conditions)));
  const load = (os.loadavg()[0] ?? NaN).toFixed(1);
  const setting = `${os.availableParallelism()} cores, load of the machine ${load}`;
  console.log(`\n${GPUS} GPUs at 50 Hz, ${REPEATS} stretches of ${STRETCH_MILLISECONDS / 1000} s; ${setting}\n`);
  console.log(rendered(table));
});

const HEADING = [
  '',
  '% of a core: bound',
  'median',
  'worst',
  'p99 late, ms: bound',
  'median',
  'worst',
  'latest of all',
  'wakes/s',
];

function rowOf(name: string, stretches: readonly Stretch[]): string[] {
  const shares = stretches.map(({ share }) => 100 * share);
  const p99 = stretches.map((one) => one.p99);
  const looks = median(stretches.map((one) => one.looks)) / (STRETCH_MILLISECONDS / 1000);
  const figures = [
    median(shares),
    worst(shares),
    median(p99),
    worst(p99),
    worst(stretches.map((one) => one.worst)),
    looks,
  ];
  const [share, mostShare, late, latest, ...rest] = figures.map((value) => String(Number(value.toPrecision(3))));
  const bounds = [100 * MOST_SHARE_OF_A_CORE, LATEST_MILLISECONDS].map(String);
  return [name, bounds[0], share, mostShare, bounds[1], late, latest, ...rest].map((text) => text ?? '');
}

function rendered(table: readonly (readonly string[])[]): string {
  const widths = (table[0] ?? []).map((_, i) => Math.max(...table.map((row) => (row[i] ?? '').length)));
  return table
    .map((row) =>
      row.map((text, i) => (i === 0 ? text.padEnd(widths[i] ?? 0) : text.padStart(widths[i] ?? 0))).join('  '),
    )
    .join('\n');
}
