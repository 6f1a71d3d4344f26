/** Which machines fail trial after trial. */

import type { AgentId, TrialId } from '../../shared/domain/identity.js';

export interface OutcomeNote {
  readonly agent: AgentId;
  readonly trial: TrialId;
  /** What went wrong, when it may be the machine's doing. */
  readonly failure: string | undefined;
  readonly configurationIsToBlame: boolean;
}

/** Consecutive failures of different trials after which an agent gets no more work until it is restarted. */
const QUARANTINE_AFTER = 3;

/** Attempts of one trial count once; a trial whose configuration turned out to be to blame does not count at all. */
export class FailureStreaks {
  /** For each agent the trials that failed on it in a row, with what went wrong. */
  readonly #failed = new Map<AgentId, Map<TrialId, string>>();

  /** @returns Agents whose streak is another now. */
  note({ agent, trial, failure, configurationIsToBlame }: OutcomeNote): readonly AgentId[] {
    if (configurationIsToBlame) return [...this.#failed].flatMap(([id, trials]) => (trials.delete(trial) ? [id] : []));
    const trials = this.#failed.get(agent) ?? new Map<TrialId, string>();
    this.#failed.set(agent, trials);
    if (failure === undefined) trials.clear();
    else trials.set(trial, failure);
    return [agent];
  }

  forget(agent: AgentId): void {
    this.#failed.delete(agent);
  }

  lengthOf(agent: AgentId): number {
    return this.#failed.get(agent)?.size ?? 0;
  }

  /** Why this agent should get no work; `undefined` if it should. */
  verdict(agent: AgentId): string | undefined {
    const failures = [...(this.#failed.get(agent)?.values() ?? [])];
    if (failures.length < QUARANTINE_AFTER) return undefined;
    return `failed ${failures.length} trials in a row, last: ${failures.at(-1)}`;
  }
}
