/** What must hold within and between budget, hardware, measurement, proposer and limits. */

import type { CampaignPart } from './campaign-schema.js';
import type { PathFault } from './fault.js';
import { keyFault, shown, valueFault } from './fault.js';
import { parseQuantity } from './quantity-text.js';

/** Faults of the blocks that say how long and where trials run; absent blocks are skipped. */
export function executionFaults(file: CampaignPart): PathFault[] {
  return [
    ...budgetFaults(file),
    ...hardwareFaults(file),
    ...firstCountFaults(file),
    ...perJouleFaults(file),
    ...measurementFaults(file),
    ...hoursFaults(file),
    ...energyBudgetFaults(file),
  ];
}

function budgetFaults({ budget, proposer }: CampaignPart): PathFault[] {
  if (!budget) return [];
  if (Object.values(budget).every((limit) => limit === undefined)) {
    return [
      valueFault(
        ['budget'],
        'has no limit, so the campaign would never end',
        'Write trials: 16, hours: 1 or energy: 50 kJ.',
      ),
    ];
  }
  const both =
    budget.trials !== undefined && budget.configurations !== undefined
      ? [keyFault(['budget', 'configurations'], 'stands beside trials', 'Keep one of the two.')]
      : [];
  const most = budget.configurations ?? budget.trials;
  if (most === undefined || proposer?.start === undefined || proposer.start <= most) return both;
  return [
    ...both,
    valueFault(
      ['proposer', 'start'],
      `is ${proposer.start}, more than the budget's ${most}`,
      `Write at most ${most}, or leave it out.`,
    ),
  ];
}

function firstCountFaults({ budget, proposer }: CampaignPart): PathFault[] {
  const most = budget?.configurations ?? budget?.trials;
  const count = proposer?.first?.length ?? 0;
  if (most === undefined || count <= most) return [];
  return [
    valueFault(
      ['proposer', 'first'],
      `has ${count} configurations, more than the budget's ${most}`,
      'Shorten it, or raise the budget.',
    ),
  ];
}

/** Only the model knows what a trial is expected to take. */
export function perJouleFaults({ proposer }: CampaignPart): PathFault[] {
  const { kind = 'auto', 'per-joule': perJoule } = proposer ?? {};
  if (perJoule !== true || kind === 'model' || kind === 'auto') return [];
  const problem = `has no meaning under kind: ${kind}`;
  return [keyFault(['proposer', 'per-joule'], problem, 'Write kind: model, or remove it.')];
}

/** Settings that only `compare` reads are never passed over in silence. */
function hardwareFaults({ hardware }: CampaignPart): PathFault[] {
  if (!hardware || hardware.policy === 'compare') return [];
  const remedy = 'Add policy: compare, or remove it.';
  return [
    ...((hardware.replicates ?? 1) > 1
      ? [keyFault(['hardware', 'replicates'], 'has a meaning only under policy: compare', remedy)]
      : []),
    ...(hardware.backfill
      ? [keyFault(['hardware', 'backfill'], 'has a meaning only under policy: compare', remedy)]
      : []),
  ];
}

/** Repeats that no time is given for would never reach their target; a wait of days is a slip. */
function measurementFaults({ measurement }: CampaignPart): PathFault[] {
  if (!measurement) return [];
  const { repeat, idle, 'warm-up': warmUp, 'cool-down': coolDown } = measurement;
  const waits = [
    { path: ['measurement', 'idle'], text: idle },
    { path: ['measurement', 'warm-up'], text: warmUp },
    { path: ['measurement', 'repeat', 'within'], text: repeat?.within },
    { path: ['measurement', 'cool-down', 'within'], text: coolDown?.within },
  ];
  const tooLong = waits.filter(({ text }) => secondsOf(text) > LONGEST_WAIT_HOURS * 3600);
  const isNoTime = repeat?.within !== undefined && secondsOf(repeat.within) === 0;
  return [
    ...tooLong.map(({ path, text }) =>
      valueFault(path, `is ${shown(text)}, but must be at most ${LONGEST_WAIT_HOURS} h`, 'Write for example "10 s".'),
    ),
    ...(isNoTime
      ? [valueFault(['measurement', 'repeat', 'within'], 'is no time at all', 'Write target: 0 for every window once.')]
      : []),
  ];
}

function hoursFaults({ limits, budget }: CampaignPart): PathFault[] {
  const all = [
    { path: ['limits', 'hours'], hours: limits?.hours },
    { path: ['budget', 'hours'], hours: budget?.hours },
  ];
  return all.flatMap(({ path, hours }) => {
    if (hours === undefined) return [];
    const seconds = typeof hours === 'number' ? 3600 * hours : secondsOf(hours);
    const bound =
      seconds > LONGEST_HOURS * 3600
        ? `at most ${LONGEST_HOURS} h (10 years)`
        : seconds < SHORTEST_SECONDS
          ? `at least ${SHORTEST_SECONDS} s`
          : undefined;
    if (bound === undefined) return [];
    return [valueFault(path, `is ${shown(hours)}, but must be ${bound}`, 'Write for example 24.')];
  });
}

/** A budget of nothing would close the campaign before its first trial. */
function energyBudgetFaults({ budget }: CampaignPart): PathFault[] {
  const joules = budget?.energy === undefined ? undefined : parseQuantity(budget.energy, 'energy');
  if (joules === undefined || (joules >= LEAST_JOULES && joules <= MOST_JOULES)) return [];
  const bound = joules < LEAST_JOULES ? 'at least 0.001 J' : 'at most 1e15 J';
  return [
    valueFault(['budget', 'energy'], `is ${shown(budget?.energy)}, but must be ${bound}`, 'Write for example "50 kJ".'),
  ];
}

const LEAST_JOULES = 1e-3;
/** More than a power station gives in a month. */
const MOST_JOULES = 1e15;
/** No program can end sooner. */
const SHORTEST_SECONDS = 0.1;
const LONGEST_WAIT_HOURS = 24;
const LONGEST_HOURS = 87_600;

const secondsOf = (text: string | undefined): number =>
  text === undefined ? 0 : (parseQuantity(text, 'duration') ?? 0);
