/** The state of a served campaign as a person may see it. */

import type { AttemptEnergy, Provenance } from '../../shared/domain/measurement.js';
import type { TrialResult } from '../../shared/domain/trial.js';
import { frontOf } from '../analysis/front-of.js';
import { minimised, outcomeGroups, signed } from '../analysis/outcome-groups.js';
import type { OutcomeGroup } from '../analysis/outcome-groups.js';
import { searchEnergy, type AttemptRecord } from '../analysis/search-energy.js';
import type { Dispatcher } from '../dispatch/dispatcher.js';
import type { LeaseState } from '../dispatch/lease-table.js';
import { hypervolume } from '../pareto/hypervolume.js';
import type { StoredAgent } from '../store/store.js';
import type { CampaignBook } from './campaign-book.js';
import { fitOf } from './fit.js';
import type {
  AgentView,
  CampaignSnapshot,
  EndedAttemptView,
  FrontView,
  JoulesByProvenance,
  MeasuredAgainView,
  RunningTrialView,
} from './snapshot.js';
import { present } from '../../shared/domain/present.js';

export interface SnapshotSources {
  readonly book: CampaignBook;
  readonly dispatcher: Pick<Dispatcher, 'connected' | 'leases'>;
  /** Agents that were here, also those that left. */
  readonly agents: readonly StoredAgent[];
  readonly nowNanoseconds: bigint;
  readonly method: string | undefined;
}

export function makeSnapshot(sources: SnapshotSources): CampaignSnapshot {
  const { book, method } = sources;
  const { stored } = book;
  const results = book.results();
  const attempts = book.attempts();
  const energy = searchEnergy(attempts.filter(({ end }) => end.kind !== 'running'));
  return {
    id: book.id,
    campaign: stored.campaign,
    state: stored.state,
    activeSeconds: stored.activeSeconds,
    finished: results.length,
    queued: book.trials().filter(({ trial }) => trial.state === 'queued').length,
    agents: agentViews(sources),
    running: runningViews(sources),
    results,
    measuredAgain: measuredAgainViews(book),
    endedAttempts: attempts.filter(({ end, accounted }) => !accounted && end.kind !== 'running').map(endedView),
    fronts: frontViews(stored.campaign, results, stored.reference),
    searchEnergy: joulesOf(attempts.flatMap((attempt) => attempt.energy)),
    searchEnergyIsLowerBound: energy.withoutReading > 0 || energy.totals.some(({ lowerBound }) => lowerBound),
    ...(stored.closeReason === undefined ? {} : { closeReason: stored.closeReason }),
    ...plannedTrials(book),
    ...(stored.reference === undefined ? {} : { reference: stored.reference }),
    ...(method === undefined ? {} : { proposerMethod: method }),
  };
}

function measuredAgainViews(book: CampaignBook): readonly MeasuredAgainView[] {
  const views = book.attempts().flatMap(({ trial, attempt, end }) => {
    const known = book.trial(trial)?.trial;
    return known && end.kind === 'measured-again' ? [{ trial, index: known.index, attempt, reason: end.reason }] : [];
  });
  return views.sort((a, b) => a.index - b.index || a.attempt - b.attempt);
}

const endedView = ({ trial, attempt, energy, lowerBound, end }: AttemptRecord): EndedAttemptView => ({
  trial,
  attempt,
  joules: joulesOf(energy),
  isLowerBound: lowerBound,
  ...((end.kind === 'failed' || end.kind === 'handed-back') && end.failure && { failure: end.failure }),
});

/**
 * A budget in configurations means as many trials as there are classes and replicates; how many that is, nobody knows
 * before the first are planned.
 */
function plannedTrials(book: CampaignBook): { readonly planned?: number } {
  const { budget, hardware } = book.stored.campaign;
  if (budget.trials === undefined) return {};
  if (budget.counts === 'trials' || hardware.policy !== 'compare') return { planned: budget.trials };
  const classes = new Set(book.trials().map(({ trial }) => trial.hardwareClass));
  return classes.size === 0 ? {} : { planned: budget.trials * classes.size * hardware.replicates };
}

function agentViews({ book, dispatcher, agents }: SnapshotSources): readonly AgentView[] {
  const connected = new Map(dispatcher.connected().map((agent) => [agent.id, agent]));
  const took = new Set(book.attempts().map(({ agent }) => agent));
  return agents
    .filter(({ id }) => connected.has(id) || took.has(id))
    .map((known) => {
      const agent = connected.get(known.id) ?? known;
      const fits = agent.machine.slots.map((slot) => fitOf(book.stored.campaign, { agent, slot }));
      const slots = fits.filter(({ kind }) => kind === 'fits').length;
      const reasons = fits.flatMap((fit) => (fit.kind === 'unfit' ? [fit.reason] : []));
      return {
        id: agent.id,
        name: agent.name,
        connected: connected.has(agent.id),
        machine: agent.machine,
        busySlots: dispatcher.leases.of(agent.id).filter(({ trial }) => book.trial(trial) !== undefined).length,
        slots,
        ...(agent.quarantine === undefined ? {} : { quarantined: agent.quarantine }),
        ...(slots === 0 && reasons.length > 0 ? { unfit: [...new Set(reasons)].join('; ') } : {}),
      };
    });
}

function runningViews(sources: SnapshotSources): readonly RunningTrialView[] {
  const { book, dispatcher, agents } = sources;
  const names = new Map(agents.map(({ id, name }) => [id, name]));
  return dispatcher.leases.all().flatMap((lease) => {
    const trial = book.trial(lease.trial)?.trial;
    return trial ? [runningView(sources, { lease, trial, agentName: names.get(lease.agent) ?? lease.agent })] : [];
  });
}

function runningView(
  { book, nowNanoseconds }: SnapshotSources,
  { lease, trial, agentName }: Pick<RunningTrialView, 'trial' | 'agentName'> & { readonly lease: LeaseState },
): RunningTrialView {
  const own = book.attempts().find((one) => one.trial === lease.trial && one.attempt === lease.attempt);
  const record = present(own, 'attempt');
  const progress = book.progress(lease.trial);
  return {
    trial,
    agentName,
    hardwareClass: present(record.hardwareClass, 'hardware class'),
    // The agent tells phases only when it renews; the program's first word comes sooner.
    phase: lease.phase === 'preparing' && progress?.attempt === lease.attempt ? 'running' : lease.phase,
    elapsedSeconds: Number(nowNanoseconds - lease.sinceNanoseconds) / 1e9,
    metrics: progress?.metrics ?? {},
    joules: joulesOf(record.energy),
    ...(progress?.step === undefined ? {} : { step: progress.step }),
    ...(progress?.fraction === undefined ? {} : { fraction: progress.fraction }),
  };
}

/** A reading of the whole machine includes its parts, so it counts only where there are none. */
function joulesOf(energy: readonly AttemptEnergy[]): JoulesByProvenance {
  const parts = energy.filter(({ part }) => part !== 'machine');
  const sums: Partial<Record<Provenance, number>> = {};
  for (const { provenance, microjoules } of parts.length > 0 ? parts : energy) {
    sums[provenance] = (sums[provenance] ?? 0) + Number(microjoules) / 1e6;
  }
  return sums;
}

function frontViews(
  campaign: CampaignSnapshot['campaign'],
  results: readonly TrialResult[],
  reference: readonly number[] | undefined,
): readonly FrontView[] {
  const byTrial = new Map(results.map((result) => [result.trial.id, result]));
  return outcomeGroups(campaign, results).map((group) => ({
    hardwareClass: group.hardwareClass,
    results: frontOf(campaign.objectives, group).flatMap(({ trials: [first] }) => (first && byTrial.get(first)) ?? []),
    ...volumeOf(campaign, group, reference),
  }));
}

function volumeOf(
  { objectives }: CampaignSnapshot['campaign'],
  { outcomes }: OutcomeGroup,
  reference: readonly number[] | undefined,
): { readonly hypervolume?: number } {
  if (!reference) return {};
  const feasible = outcomes.filter((outcome) => outcome.feasible);
  const bound = Float64Array.from(objectives, ({ goal }, j) => signed(goal, present(reference[j], 'reference')));
  return { hypervolume: hypervolume(minimised(objectives, feasible), objectives.length, bound) };
}
