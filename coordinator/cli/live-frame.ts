/** One picture of the live view: never wider or higher than the terminal, whatever the campaign holds. */

import pc from 'picocolors';

import type { CampaignSnapshot } from '../campaign/snapshot.js';
import { overviewSections } from './overview-sections.js';
import type { Section } from './section.js';
import { trialSections } from './trial-sections.js';

export interface FrameOptions {
  readonly width: number;
  /** Lines that the frame may take. */
  readonly height: number;
  readonly color: boolean;
  /** Seconds since the snapshot was taken: what is open has gone on meanwhile. */
  readonly ageSeconds: number;
}

/** The lines of one frame. */
export function liveFrame(snapshot: CampaignSnapshot, { width, height, color, ageSeconds }: FrameOptions): string[] {
  const options = { width, palette: pc.createColors(color) };
  const current = aged(snapshot, ageSeconds);
  return stacked([...overviewSections(current, options), ...trialSections(current, options)], Math.max(0, height));
}

function aged(snapshot: CampaignSnapshot, seconds: number): CampaignSnapshot {
  if (snapshot.state === 'closed') return snapshot;
  return {
    ...snapshot,
    activeSeconds: snapshot.activeSeconds + seconds,
    running: snapshot.running.map((view) => ({ ...view, elapsedSeconds: view.elapsedSeconds + seconds })),
  };
}

/** What a section has been given of the height. */
interface Share {
  readonly section: Section;
  rows: number;
  blank: boolean;
}

/** Rows that each section gets before any gets an empty line above it. */
const ROWS_BEFORE_BLANKS = 3;

/** Gives each section its least, the most important first; then a few rows, then empty lines, then all other rows. */
function stacked(sections: readonly Section[], height: number): string[] {
  const byRank = [...sections].sort((a, b) => a.rank - b.rank);
  const shares: Share[] = [];
  let left = height;
  for (const section of byRank) {
    const rows = Math.min(section.fewestRows, section.rows.length);
    if (section.head.length + rows > left) continue;
    left -= section.head.length + rows;
    shares.push({ section, rows, blank: false });
  }
  left = giveRows(shares, left, ROWS_BEFORE_BLANKS);
  for (const share of shares.filter(({ section }) => section.apart).slice(0, left)) {
    share.blank = true;
    left -= 1;
  }
  giveRows(shares, left, Infinity);
  return sections.flatMap((section) => linesOf(shares.find((share) => share.section === section)));
}

/** One row to each section in turn, up to `most` rows each; returns the lines that are left. */
function giveRows(shares: readonly Share[], lines: number, most: number): number {
  let left = lines;
  const hungry = (share: Share): boolean => share.rows < Math.min(most, share.section.rows.length);
  while (left > 0 && shares.some(hungry)) {
    for (const share of shares.filter(hungry).slice(0, left)) {
      share.rows += 1;
      left -= 1;
    }
  }
  return left;
}

function linesOf(share: Share | undefined): string[] {
  if (!share) return [];
  const { section, rows, blank } = share;
  return [...(blank ? [''] : []), ...section.head, ...section.rows.slice(0, rows)];
}
