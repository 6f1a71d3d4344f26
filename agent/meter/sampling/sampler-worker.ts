/** The sampler in a thread of its own, where no trainer and no busy event loop can delay it. Both ends are in this file. */

import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

import { systemClock } from '../../../shared/runtime/clock.js';
import { openSamplerCore, type SamplerSettings } from './open-sampler.js';
import { raisePriority } from './sampler-priority.js';
import { Doorbell } from './doorbell.js';
import { remoteSampler, serveSampler, type RemoteSampler } from './sampler-wire.js';
import type { Sampler } from './sampler.js';

/** Marks a thread as started by this file: others may import it in threads of their own. */
const PURPOSE = 'ecopt-sampler';

interface WorkerData {
  readonly purpose: typeof PURPOSE;
  readonly settings: SamplerSettings;
  readonly bell: SharedArrayBuffer;
}

/**
 * Starts the sampler's thread.
 *
 * The thread keeps the process alive only while a question is open. When it dies, all open and later questions reject
 * with a {@link MeterError} that says why.
 */
export function startSamplerThread(settings: SamplerSettings): Sampler {
  const bell = new Doorbell();
  const data: WorkerData = { purpose: PURPOSE, settings, bell: bell.memory };
  const worker = new Worker(new URL(import.meta.url), { workerData: data, name: PURPOSE });
  const sampler = remoteSampler({
    post: (message) => {
      worker.ref();
      worker.postMessage(message);
      bell.ring();
    },
    onMessage: (listener) =>
      worker.on('message', (message: unknown) => {
        listener(message);
        if (sampler.waiting === 0) worker.unref();
      }),
  });
  worker.on('error', (error) => sampler.lose(`the sampler's thread has failed: ${error.message}`));
  worker.on('exit', () => sampler.lose("the sampler's thread has ended"));
  return { ...methodsOf(sampler), close: () => closeThread(sampler, worker) };
}

function methodsOf(sampler: RemoteSampler): Omit<Sampler, 'close'> {
  const { probe, hold, attach, detach, window, total, sensors, conditions, strangers, tickSeconds } = sampler;
  return { probe, hold, attach, detach, window, total, sensors, conditions, strangers, tickSeconds };
}

async function closeThread(sampler: Sampler, worker: Worker): Promise<void> {
  await sampler.close().catch(() => undefined);
  await worker.terminate();
}

function serve({ settings, bell: memory }: WorkerData): void {
  const port = parentPort;
  if (port === null) return;
  raisePriority();
  const bell = new Doorbell(memory);
  serveSampler(
    openSamplerCore(settings, systemClock, (milliseconds) => bell.standStill(milliseconds)),
    {
      post: (message) => port.postMessage(message),
      onMessage: (listener) =>
        void port.on('message', (message: unknown) => {
          bell.hear();
          listener(message);
        }),
    },
  );
}

const data = workerData as WorkerData | null;
if (!isMainThread && data?.purpose === PURPOSE) serve(data);
