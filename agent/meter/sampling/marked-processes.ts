/** Finds processes by a mark in their environment, looking at each process once. */

import type { ProcessStat } from './process-stat.js';

export interface MarkedTable {
  readonly all: Iterable<ProcessStat>;
  hasVariable(pid: number, entry: string): boolean | undefined;
}

interface Look {
  readonly start: number;
  readonly isMarked: boolean;
  /** Looks left at a process whose environment could not be seen; one that is just being started shows none. */
  readonly left: number;
}

const MOST_LOOKS = 5;

export class MarkedProcesses {
  readonly #mark: string;
  readonly #since: number;
  #looks = new Map<number, Look>();

  /** @param since - In clock ticks since boot; nothing that was started earlier has the mark. */
  constructor(mark: string, since: number) {
    this.#mark = mark;
    this.#since = since;
  }

  /** Processes with the mark, as of the table's last refresh. */
  find(table: MarkedTable): readonly ProcessStat[] {
    const looks = new Map<number, Look>();
    const found: ProcessStat[] = [];
    for (const stat of table.all) {
      if (stat.start < this.#since) continue;
      const look = this.#look(stat, table);
      looks.set(stat.pid, look);
      if (look.isMarked) found.push(stat);
    }
    this.#looks = looks;
    return found;
  }

  #look({ pid, start }: ProcessStat, table: MarkedTable): Look {
    const before = this.#looks.get(pid);
    const known = before?.start === start ? before : undefined;
    if (known?.left === 0) return known;
    const isMarked = table.hasVariable(pid, this.#mark);
    return { start, isMarked: isMarked ?? false, left: isMarked === undefined ? (known?.left ?? MOST_LOOKS) - 1 : 0 };
  }
}
