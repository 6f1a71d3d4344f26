/** Follows the learning curves of a campaign's trials, and asks whether one of those that run shall be stopped. */

import type { StoppingSettings } from '../../shared/domain/campaign.js';
import type { AttemptEvent } from '../../shared/domain/event.js';
import type { HardwareClassId, TrialId } from '../../shared/domain/identity.js';
import { boundaryFor } from '../../shared/domain/measurement.js';
import { DomainError } from '../../shared/domain/errors.js';
import type { StopDecision } from '../../shared/domain/stopping.js';
import type { TrialResult } from '../../shared/domain/trial.js';
import type { Clock } from '../../shared/runtime/clock.js';
import type { Log } from '../../shared/runtime/log.js';
import { seededRandom } from '../../shared/runtime/random.js';
import { frontOf } from '../analysis/front-of.js';
import { outcomeGroups } from '../analysis/outcome-groups.js';
import type { OutcomeGroup } from '../analysis/outcome-groups.js';
import { AttemptCurve, joulesWithin } from '../stopping/attempt-curve.js';
import { decideStop, type StoppingQuestion } from '../stopping/decide-stop.js';
import type { FinishedCurve } from '../stopping/predict-final.js';
import type { Attempt, Store } from '../store/store.js';
import type { CampaignBook } from './campaign-book.js';

export interface StoppingWatchOptions {
  readonly store: Store;
  readonly book: CampaignBook;
  readonly clock: Clock;
  readonly log: Log;
}

/** Between two questions about one trial. */
const TRIAL_NANOSECONDS = 2_000_000_000n;
/** Between any two questions, each of which takes some milliseconds: everything else goes on in between. */
const PAUSE_NANOSECONDS = 50_000_000n;
/** Finished trials whose curves are kept. */
const MOST_FINISHED = 200;
/** Of which so many are read from the store at once. */
const MOST_READ = 4;

interface Watched {
  readonly attempt: Attempt;
  readonly curve: AttemptCurve;
  askedNanoseconds: bigint;
  askedFraction: number;
}

export class StoppingWatch {
  private readonly options: StoppingWatchOptions;
  private readonly running = new Map<TrialId, Watched>();
  /** Trials that have ended meanwhile, so that their curves need not be read again. */
  private readonly ended = new Map<TrialId, Watched>();
  private readonly finished = new Map<TrialId, FinishedCurve>();
  private pausedUntilNanoseconds = 0n;

  constructor(options: StoppingWatchOptions) {
    this.options = options;
  }

  /** Takes note of a committed event of a trial that goes on. */
  note(event: AttemptEvent): void {
    if (!this.settings || (event.body.kind !== 'reported' && event.body.kind !== 'metered')) return;
    const watched = this.running.get(event.trial);
    if (watched?.attempt.attempt === event.attempt) return watched.curve.add(event);
    const found = this.watch(event.trial, event.attempt);
    if (found) this.running.set(event.trial, found);
  }

  /**
   * Looks at one running trial of which something new is known, the one that was looked at the longest ago.
   *
   * @returns A decision that is to be kept and heeded; `undefined`: none, for now.
   */
  consider(): StopDecision | undefined {
    const { clock } = this.options;
    const now = clock.monotonicNanoseconds();
    if (!this.settings || now < this.pausedUntilNanoseconds) return undefined;
    const due = this.due(now);
    if (!due) return undefined;
    this.pausedUntilNanoseconds = now + PAUSE_NANOSECONDS;
    const standing = this.standing(due.attempt.hardwareClass);
    if (!standing) return undefined;
    due.askedNanoseconds = now;
    due.askedFraction = due.curve.fraction;
    const estimate = this.judge(due, { ...standing, settings: this.settings });
    if (!estimate) return undefined;
    const { trial, attempt } = due.attempt;
    return { trial, attempt, ...estimate, decidedMilliseconds: clock.wallMilliseconds() };
  }

  /** Figures that no model can be made of leave the trial running. */
  private judge(
    { attempt: { trial }, curve }: Watched,
    standing: Pick<StoppingQuestion, 'front' | 'finished' | 'settings'>,
  ): Pick<StopDecision, 'verdict' | 'estimate'> | undefined {
    const { campaign, reference } = this.options.book.stored;
    const { objectives, constraints } = campaign;
    const question = { objectives, constraints, ...standing, running: curve.points(), lot: this.lotOf(trial) };
    try {
      const answer = decideStop({ ...question, ...(reference && { reference }) });
      const isDecided = answer.kind === 'stop' || answer.kind === 'spare';
      return isDecided ? { verdict: answer.kind, estimate: answer.estimate } : undefined;
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      this.options.log.warn({ trial, error }, 'early stop not judged');
      return undefined;
    }
  }

  private get settings(): StoppingSettings | undefined {
    const { campaign, state } = this.options.book.stored;
    return state === 'open' ? campaign.stopping : undefined;
  }

  /** Trials that have a decision, or a result from before, are left alone. */
  private due(now: bigint): Watched | undefined {
    const { book, store } = this.options;
    for (const [id, watched] of this.running) {
      const stored = book.trial(id);
      if (stored?.trial.lease === watched.attempt.lease && stored.remeasured === 0) continue;
      this.running.delete(id);
      if (stored?.trial.state === 'completed') this.ended.set(id, watched);
    }
    const due = [...this.running.values()]
      .filter(({ curve, askedFraction }) => curve.fraction > askedFraction)
      .filter(({ askedNanoseconds }) => now - askedNanoseconds >= TRIAL_NANOSECONDS)
      .sort((a, b) => Number(a.askedNanoseconds - b.askedNanoseconds));
    return due.find(({ attempt }) => {
      const isDecided = store.stopDecisions(attempt.trial).some((one) => one.attempt === attempt.attempt);
      if (isDecided) this.running.delete(attempt.trial);
      return !isDecided;
    });
  }

  /** The curve of an attempt, with all that was told before. */
  private watch(trial: TrialId, attempt: number): Watched | undefined {
    const { store, book } = this.options;
    const held = store.attemptsOf(trial).find((one) => one.attempt === attempt);
    if (!held) return undefined;
    const curve = new AttemptCurve(boundaryFor(book.stored.campaign.measurement.boundary, held.devices));
    for (const event of store.events(trial, ['reported', 'metered'])) if (event.attempt === attempt) curve.add(event);
    return { attempt: held, curve, askedNanoseconds: -TRIAL_NANOSECONDS, askedFraction: 0 };
  }

  private lotOf(trial: TrialId): number {
    const { book } = this.options;
    return seededRandom(`${book.stored.campaign.seed}/stopping/${book.trial(trial)?.trial.index}`).uniform();
  }

  /** Front and finished curves of a class; of several ways in which its energy is known, the one with the most results. */
  private standing(hardwareClass: HardwareClassId): Pick<StoppingQuestion, 'front' | 'finished'> | undefined {
    const { campaign } = this.options.book.stored;
    const [group] = outcomeGroups(campaign, this.options.book.results())
      .filter((one) => one.hardwareClass === hardwareClass)
      .sort((a, b) => b.outcomes.length - a.outcomes.length);
    const finished = group && this.finishedOf(group);
    return finished && { finished, front: frontOf(campaign.objectives, group).map(({ values }) => values) };
  }

  /** `undefined` while curves from before a restart are still being read, a few at a time. */
  private finishedOf({ outcomes }: OutcomeGroup): readonly FinishedCurve[] | undefined {
    const ids = new Set(outcomes.flatMap(({ trials }) => trials));
    const latest = this.options.book
      .results()
      .filter(({ trial }) => ids.has(trial.id))
      .slice(-MOST_FINISHED);
    const unread = latest.filter(({ trial }) => !this.finished.has(trial.id));
    for (const result of unread.slice(0, MOST_READ)) this.readFinished(result);
    if (unread.length > MOST_READ) return undefined;
    const shown = new Set(latest.map(({ trial }) => trial.id));
    for (const id of this.finished.keys()) if (ids.has(id) && !shown.has(id)) this.finished.delete(id);
    return latest.flatMap(({ trial }) => this.finished.get(trial.id) ?? []);
  }

  private readFinished({ trial, attempt, objectives, observation }: TrialResult): void {
    if (attempt === undefined || !observation) return;
    const live = this.ended.get(trial.id);
    const watched = live?.attempt.attempt === attempt ? live : this.watch(trial.id, attempt);
    this.ended.delete(trial.id);
    if (!watched) return;
    const { devices, energy, metrics } = observation;
    const joules = joulesWithin(energy, boundaryFor(this.options.book.stored.campaign.measurement.boundary, devices));
    const points = watched.curve.points();
    this.finished.set(trial.id, { points, objectives, metrics, ...(joules !== undefined && { joules }) });
  }
}
