/** From a trial's file to its end: settings, backend, data, model; failures that the configuration is to blame for are reported as such. */

import { UsageError } from '../../shared/domain/errors.js';
import type { Clock } from '../../shared/runtime/clock.js';
import type { LanguageModelSettings } from '../../shared/schema/language-model-schema.js';
import { type LoadedBackend, chooseBackend } from './backend.js';
import { type Corpus, loadCorpus } from './corpus.js';
import { runLanguageModel } from './language-model.js';
import { isOutOfMemory } from './out-of-memory.js';
import { languageModelSettings } from './settings.js';
import type { Trial } from './trial.js';

export interface RunTrialOptions {
  readonly trial: Trial;
  readonly clock: Clock;
  /** Name of the backend to use; absent: the best that works. */
  readonly backend: string | undefined;
}

/** Says everything there is to say about the trial, `done` or `infeasible` included; a stopped trial ends without either. */
export async function runTrial({ trial, clock, backend: forced }: RunTrialOptions): Promise<void> {
  const settings = settingsOf(trial);
  if (!settings) return;
  const backend = await chooseBackend(forced);
  const corpus = loadCorpus();
  try {
    const { seed, warmUpSeconds, windowSeconds } = trial.file;
    const end = await runLanguageModel({ trial, settings, corpus, seed, warmUpSeconds, windowSeconds, clock });
    if (end === 'diverged') trial.infeasible('diverged', 'the training loss left every bound');
    if (end === 'completed') trial.done(facts(backend, corpus));
  } catch (error) {
    if (!isOutOfMemory(error)) throw error;
    trial.infeasible('out-of-memory', (error as Error).message);
  }
}

/** The settings, or `undefined` once the trial was told that they are invalid. */
function settingsOf(trial: Trial): LanguageModelSettings | undefined {
  try {
    return languageModelSettings(optionsOf(trial.file.workload), trial.file.configuration);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    trial.infeasible('invalid', error.message);
    return undefined;
  }
}

/** The options of the workload block. @throws {UsageError} if it is for another trainer. */
function optionsOf(workload: unknown): Readonly<Record<string, unknown>> {
  const { trainer, options } = workload as { readonly trainer?: unknown; readonly options?: object };
  if (trainer !== 'language-model')
    throw new UsageError(`no built-in trainer "${String(trainer)}"; use language-model`);
  return { ...options };
}

const facts = (backend: LoadedBackend, corpus: Corpus): Readonly<Record<string, string>> => ({
  backend: backend.name,
  backend_reason: backend.reason,
  ...backend.versions,
  data: corpus.source,
  vocabulary: String(corpus.vocabulary),
});
