/** How long a campaign will probably still take: said only when two ways of reckoning agree. */

import { formatDuration } from '../../shared/domain/quantity.js';
import type { CampaignSnapshot } from '../campaign/snapshot.js';

/** Seconds between which the end probably lies, `low <= high`. */
export interface RemainingTime {
  readonly low: number;
  readonly high: number;
}

/** Finished trials below which nothing is said. */
const FEWEST_FINISHED = 3;

/** Latest finished trials whose duration is taken for that of the next ones. */
const RECENT = 20;

/** The larger reckoning may be this many times the smaller one; beyond it nothing is said. */
const AGREEMENT = 2;

/**
 * Time until the trial budget is used up; undefined when there is none, nobody works, too little is known, or the two
 * reckonings disagree: trials per second of the whole campaign so far, and the duration of recent trials on the slots
 * that are connected now. The first is wrong when agents come or go, the second leaves out what lies between trials.
 */
export function remainingTime(snapshot: CampaignSnapshot): RemainingTime | undefined {
  const { planned, finished, running, activeSeconds, state } = snapshot;
  if (state === 'closed' || planned === undefined || running.length === 0 || finished < FEWEST_FINISHED)
    return undefined;
  const begun = running.reduce((sum, { fraction }) => sum + (fraction ?? 0), 0);
  const left = planned - finished - begun;
  const bySlots = secondsPerTrial(snapshot);
  if (left <= 0 || bySlots === undefined) return undefined;
  const byRate = activeSeconds / (finished + begun);
  const [low, high] = [byRate * left, bySlots * left].sort((a, b) => a - b);
  if (low === undefined || high === undefined || low <= 0 || high > AGREEMENT * low) return undefined;
  return { low, high };
}

/** `about 4 min left`, or a range where the reckonings differ by more than a quarter. */
export function remainingText({ low, high }: RemainingTime): string {
  const [from, to] = [roughDuration(low), roughDuration(high)];
  return high <= 1.25 * low || from === to ? `about ${to} left` : `about ${from} to ${to} left`;
}

/** Wall time per trial with all connected slots at work. */
function secondsPerTrial({ results, agents }: CampaignSnapshot): number | undefined {
  const durations = results.slice(-RECENT).flatMap(({ observation }) => observation?.durationSeconds ?? []);
  const slots = agents.filter(isWorking).reduce((sum, agent) => sum + agent.slots, 0);
  if (durations.length < FEWEST_FINISHED || slots === 0) return undefined;
  return durations.reduce((sum, seconds) => sum + seconds, 0) / durations.length / slots;
}

const isWorking = ({ connected, quarantined }: CampaignSnapshot['agents'][number]): boolean =>
  connected && quarantined === undefined;

/** To ten seconds, a minute or ten minutes: a prediction has no more digits than that. */
function roughDuration(seconds: number): string {
  const step = seconds < 95 ? 10 : seconds < 3600 ? 60 : 600;
  const rounded = Math.max(10, Math.round(seconds / step) * step);
  return formatDuration(rounded)
    .replace(/ 0 s$/, '')
    .replace(/ 0 min$/, '');
}
