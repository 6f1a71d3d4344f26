/** Whether a slot can run a campaign's trials, and if not, why and what would help. */

import type { Campaign } from '../../shared/domain/campaign.js';
import type { SensorReport } from '../../shared/domain/hardware.js';
import type { HardwareClassId } from '../../shared/domain/identity.js';
import { BOUNDARY_PARTS, boundaryFor, isMeasured } from '../../shared/domain/measurement.js';
import type { Boundary } from '../../shared/domain/measurement.js';
import type { SlotOffer } from '../dispatch/work-source.js';

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

function sensorMissing(campaign: Campaign, { machine, slot }: Pick<SlotOffer, 'slot'> & MachineOf): string | undefined {
  if (!campaign.objectives.some(({ from }) => from === 'energy')) return undefined;
  const boundary: Boundary = boundaryFor(campaign.measurement.boundary, slot.devices);
  const [primary] = BOUNDARY_PARTS[boundary];
  const sensors = machine.sensors.filter(({ part }) => part === primary);
  const found = sensors.filter(({ available }) => available);
  const [first] = found;
  if (!first) return `cannot meter the boundary ${boundary}: ${detailOf(sensors)}`;
  const measured = found.some(({ provenance }) => provenance !== undefined && isMeasured(provenance));
  if (campaign.measurement.require === 'measured' && !measured) {
    return `knows its ${boundary} energy only as ${first.provenance}, and the campaign requires measured energy: ${detailOf(sensors)}`;
  }
  return undefined;
}

type MachineOf = Pick<SlotOffer['agent'], 'machine'>;

const detailOf = (sensors: readonly SensorReport[]): string =>
  sensors.map(({ detail }) => detail).join('; ') || 'no such sensor was found';
