/** Which outcomes of a front to look at first, and what choosing one over another costs. */

import type { Objective } from '../../shared/domain/campaign.js';
import { signed } from '../analysis/outcome-groups.js';
import type { FrontData, OutcomeFacts } from './report-data.js';
import { frontMembers } from './summarise-front.js';
import { change } from './value-text.js';

export interface TradeOff {
  /** Why it was picked, such as `best validation loss`. */
  readonly names: readonly string[];
  readonly outcome: OutcomeFacts;
}

/** The best outcome of each objective and the one nearest to all bests at once; each outcome once. */
export function bestTradeOffs(objectives: readonly Objective[], front: FrontData): TradeOff[] {
  const members = frontMembers(front);
  const first = members[0];
  if (!first) return [];
  const picks = new Map<OutcomeFacts, string[]>();
  const add = (outcome: OutcomeFacts, name: string): unknown =>
    picks.set(outcome, [...(picks.get(outcome) ?? []), name]);
  objectives.forEach((objective, j) =>
    add(
      leastBy(members, first, (outcome) => loss(objective, outcome, j)),
      `best ${objective.name}`,
    ),
  );
  if (objectives.length > 1 && members.length > picks.size)
    add(leastBy(members, first, distanceToIdeal(objectives, members)), 'balanced');
  return [...picks].map(([outcome, names]) => ({ names, outcome }));
}

/** What the step from the best of the first objective to the best of another changes; undefined where there is no such step. */
export function tradeOffSentence(objectives: readonly Objective[], front: FrontData): string | undefined {
  const members = frontMembers(front);
  const start = members[0];
  const target = objectives.findIndex(({ from }, j) => j > 0 && from === 'energy');
  const j = target > 0 ? target : 1;
  const [first, other] = [objectives[0], objectives[j]];
  if (!start || !first || !other) return undefined;
  const end = leastBy(members, start, (outcome) => loss(other, outcome, j));
  const ratios = [ratioOf(start, end, j), ratioOf(start, end, 0)];
  if (end === start || !ratios.every((ratio) => Number.isFinite(ratio) && ratio > 0)) return undefined;
  return (
    `From the best ${first.name} (#${start.index}) to the best ${other.name} (#${end.index}): ` +
    `${other.name} ${change(ratios[0] ?? 1)}, ${first.name} ${change(ratios[1] ?? 1)}.`
  );
}

const valueAt = (outcome: OutcomeFacts, j: number): number => {
  const value = outcome.values[j];
  return value?.kind === 'known' ? value.value : Number.NaN;
};

const ratioOf = (start: OutcomeFacts, end: OutcomeFacts, j: number): number => valueAt(end, j) / valueAt(start, j);

/** Less is better, on the objective's own scale. */
function loss({ goal, scale }: Objective, outcome: OutcomeFacts, j: number): number {
  const value = valueAt(outcome, j);
  return signed(goal, scale === 'log' && value > 0 ? Math.log(value) : value);
}

/** Euclidean distance to the best value of every objective, each scaled to the front's extent. */
function distanceToIdeal(
  objectives: readonly Objective[],
  members: readonly OutcomeFacts[],
): (outcome: OutcomeFacts) => number {
  const extents = objectives.map((objective, j) => {
    const losses = members.map((outcome) => loss(objective, outcome, j));
    return { best: Math.min(...losses), span: Math.max(...losses) - Math.min(...losses) || 1 };
  });
  return (outcome) =>
    Math.hypot(
      ...objectives.map(
        (objective, j) => (loss(objective, outcome, j) - (extents[j]?.best ?? 0)) / (extents[j]?.span ?? 1),
      ),
    );
}

function leastBy(
  members: readonly OutcomeFacts[],
  first: OutcomeFacts,
  cost: (outcome: OutcomeFacts) => number,
): OutcomeFacts {
  return members.reduce((best, outcome) => (cost(outcome) < cost(best) ? outcome : best), first);
}
