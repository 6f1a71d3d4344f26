/** Waits for events in a program's log file: `await logged(file, ({ msg }) => msg === 'agent joined')`. */

import { existsSync, readFileSync, watch } from 'node:fs';
import { basename, dirname } from 'node:path';

export interface LoggedEvent {
  readonly level: string;
  readonly msg: string;
  readonly [field: string]: unknown;
}

/** The first event, also an earlier one, that fulfils `test`. The folder of the file must exist. */
export function logged(file: string, test: (event: LoggedEvent) => boolean): Promise<LoggedEvent> {
  return new Promise((resolve) => {
    const look = (): void => {
      const found = eventsIn(file).find(test);
      if (found === undefined) return;
      watcher.close();
      resolve(found);
    };
    const watcher = watch(dirname(file), (_, name) => {
      if (name === basename(file)) look();
    });
    look();
  });
}

/** A last line that is not whole yet is left out. */
function eventsIn(file: string): readonly LoggedEvent[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines.slice(0, -1).map((line) => JSON.parse(line) as LoggedEvent);
}
