/** The port between a campaign that is being served and whoever watches it: a terminal, a file of lines, another program. */

import type { TrialId } from '../../shared/domain/identity.js';
import type { CampaignSnapshot } from '../campaign/snapshot.js';

/** Shows a campaign. Opened once; dispose to leave the terminal as it was found, whether or not the campaign was closed. */
export interface CampaignView extends Disposable {
  /** Takes the newest state; cheap, may be called at any rate. */
  update(snapshot: CampaignSnapshot): void;
  /** Says something that is no change of the campaign's state. */
  note(line: string): void;
  /** Shows the end; nothing may be called after it but dispose. */
  close(final: CampaignFinal): void;
}

/** What there is to say when a campaign has ended, or is left unfinished. */
export interface CampaignFinal {
  readonly snapshot: CampaignSnapshot;
  /** Files that were written, the one for people first. */
  readonly reports: readonly string[];
  /** How to go on: commands that can be copied, each with what it does. */
  readonly next: readonly NextStep[];
  /** Sealed metrics of the front's trials; only for a closed campaign. */
  readonly sealed?: ReadonlyMap<TrialId, Readonly<Record<string, number>>>;
}

export interface NextStep {
  readonly command: string;
  readonly purpose: string;
}

/** Where a view writes. */
export interface ViewStream {
  write(text: string): unknown;
}

/** Size of a terminal in characters, read anew at each drawing. */
export interface TerminalSize {
  readonly width: () => number;
  readonly rows: () => number;
}
