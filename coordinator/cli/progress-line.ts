/** How far a campaign is: a bar over its tightest budget, the time spent and, where it can be told, the time left. */

import { formatDuration, formatQuantity } from '../../shared/domain/quantity.js';
import type { Span } from '../../shared/runtime/terminal-text.js';
import type { CampaignSnapshot } from '../campaign/snapshot.js';
import { counted } from './campaign-text.js';
import type { SectionOptions } from './section.js';
import { remainingText, remainingTime } from './remaining-time.js';

/** Bar, trials, time, time left, then the budget's other limits; on a narrow terminal the last ones are left out. */
export function progressSpans(snapshot: CampaignSnapshot, { width, palette }: SectionOptions): Span[] {
  const fraction = usedFraction(snapshot);
  const left = remainingTime(snapshot);
  const facts = [
    trialsText(snapshot),
    formatDuration(snapshot.activeSeconds),
    ...(left ? [remainingText(left)] : []),
    ...limitTexts(snapshot),
  ];
  if (fraction === undefined) return [{ text: fitting(facts, width) }];
  const bar = barText(fraction, Math.min(40, Math.max(8, Math.floor(width / 5))));
  const percent = ` ${String(Math.floor(fraction * 100)).padStart(3)} %  `;
  return [{ text: bar, style: palette.green }, { text: percent + fitting(facts, width - bar.length - percent.length) }];
}

/** As many of the texts as there is room for, at least one. */
function fitting(texts: readonly string[], width: number): string {
  let count = texts.length;
  while (count > 1 && texts.slice(0, count).join(', ').length > width) count -= 1;
  return texts.slice(0, count).join(', ');
}

/** A bar of `width` columns, filled to an eighth of a column. */
export function barText(fraction: number, width: number): string {
  const eighths = Math.round(Math.min(1, Math.max(0, fraction)) * width * 8);
  const full = Math.floor(eighths / 8);
  const part = ' ▏▎▍▌▋▊▉'[eighths % 8] ?? '';
  const filled = '█'.repeat(full) + (full < width && eighths % 8 > 0 ? part : '');
  return filled + '·'.repeat(width - filled.length);
}

/** The largest used part of the budgets that are counted in one unit; undefined where none is. */
function usedFraction({ campaign, planned, finished, activeSeconds }: CampaignSnapshot): number | undefined {
  const { hours } = campaign.budget;
  const parts = [
    ...(planned === undefined || planned === 0 ? [] : [finished / planned]),
    ...(hours === undefined ? [] : [activeSeconds / (hours * 3600)]),
  ];
  return parts.length === 0 ? undefined : Math.min(1, Math.max(...parts));
}

const trialsText = ({ finished, planned }: CampaignSnapshot): string =>
  planned === undefined ? `${counted(finished, 'trial')} finished` : `${finished}/${counted(planned, 'trial')}`;

function limitTexts({ campaign }: CampaignSnapshot): string[] {
  const { hours, deviceHours, energyJoules } = campaign.budget;
  return [
    ...(hours === undefined ? [] : [`limit ${formatDuration(hours * 3600)}`]),
    ...(deviceHours === undefined ? [] : [`limit ${deviceHours} device-hours`]),
    ...(energyJoules === undefined ? [] : [`limit ${formatQuantity(energyJoules, 'J')}`]),
  ];
}
