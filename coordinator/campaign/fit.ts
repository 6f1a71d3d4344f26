/** Whether a slot can run a campaign's trials, and if not, why and what would help. */

import type { Campaign } from '../../shared/domain/campaign.js';
import type { HardwareClassId } from '../../shared/domain/identity.js';
import type { SlotOffer } from '../dispatch/work-source.js';
import { sensorMissing } from './boundary-sensors.js';

export type Fit =
  | { readonly kind: 'fits'; readonly hardwareClass: HardwareClassId }
  | { readonly kind: 'unfit'; readonly reason: string };

const unfit = (reason: string): Fit => ({ kind: 'unfit', reason });

export function fitOf(campaign: Campaign, { agent: { machine }, slot }: SlotOffer): Fit {
  const { kind } = campaign.workload;
  if (!machine.allowedWorkloads.includes(kind)) {
    return unfit(`runs no ${kind} workloads; its operator can allow them with --allow-${kind}`);
  }
  const hardwareClass = slot.classes[kind];
  if (hardwareClass === undefined) return unfit(`slot ${slot.id} takes no ${kind} workloads`);
  const { classes } = campaign.hardware;
  if (classes.length > 0 && !classes.some((pattern) => matchesPattern(hardwareClass, pattern))) {
    return unfit(`class ${hardwareClass} is none of ${classes.join(', ')}`);
  }
  const label = Object.entries(campaign.needs.labels).find(([key, value]) => machine.labels[key] !== value);
  if (label) return unfit(`lacks the label ${label.join('=')}`);
  const missing = sensorMissing(campaign, { machine, slot });
  return missing === undefined ? { kind: 'fits', hardwareClass } : unfit(missing);
}

/** Shell-style: `*` stands for any text, `?` for one character; upper and lower case are alike. */
function matchesPattern(text: string, pattern: string): boolean {
  const source = pattern
    .split('')
    .map((letter) => (letter === '*' ? '.*' : letter === '?' ? '.' : letter.replace(/[\\^$.|+()[\]{}]/, '\\$&')))
    .join('');
  return new RegExp(`^${source}$`, 'i').test(text);
}
