/** Opens the view that fits: a picture on a terminal, lines elsewhere, JSON for programs. */

import type { Clock } from '../../shared/runtime/clock.js';
import type { CampaignView, TerminalSize, ViewStream } from './campaign-view.js';
import { openJsonView } from './json-view.js';
import { openLiveView } from './live-view.js';
import { openPlainView } from './plain-view.js';

export type ViewMode = 'live' | 'plain' | 'json';

export interface ViewOptions {
  readonly mode: ViewMode;
  readonly stream: ViewStream;
  /** Used by `live` alone, like `color`. */
  readonly size: TerminalSize;
  readonly color: boolean;
  readonly clock: Clock;
}

export function openView(options: ViewOptions): CampaignView {
  switch (options.mode) {
    case 'live':
      return openLiveView(options);
    case 'plain':
      return openPlainView(options.stream);
    case 'json':
      return openJsonView(options.stream);
  }
}
