/** Processor time of a trial: all processes of its group and all their descendants, also those that have ended. */

import { TICK_NANOSECONDS } from '../processor-tick.js';
import { MarkedProcesses } from './marked-processes.js';
import type { ProcessFiles, ProcessStat } from './process-stat.js';
import type { Attachment } from './sampler.js';

/** The process list, looked through once for all trials: only pids that are new are opened. */
export class ProcessTable {
  readonly #files: ProcessFiles;
  #known = new Map<number, ProcessStat>();

  constructor(files: ProcessFiles) {
    this.#files = files;
  }

  get all(): Iterable<ProcessStat> {
    return this.#known.values();
  }

  refresh(): void {
    const next = new Map<number, ProcessStat>();
    for (const pid of this.#files.pids()) {
      const known = this.#known.get(pid) ?? this.#files.stat(pid);
      if (known !== undefined) next.set(pid, known);
    }
    this.#known = next;
  }

  /** Fresh figures of one process; `undefined` when it has ended or its pid now names another process. */
  current({ pid, start }: ProcessStat): ProcessStat | undefined {
    const stat = this.#files.stat(pid);
    if (stat?.start === start) return stat;
    if (stat !== undefined) this.#known.set(pid, stat);
    return undefined;
  }

  /** Busy time of the whole machine, in nanoseconds since boot. */
  busyNanoseconds(): bigint | undefined {
    const ticks = this.#files.busyTicks();
    return ticks === undefined ? undefined : BigInt(ticks) * TICK_NANOSECONDS;
  }

  /** True for a process that was there at the last refresh. */
  has(pid: number): boolean {
    return this.#known.has(pid);
  }

  /** True if `ancestor` started the process, its parent, and so on, as far as the chain can be followed. */
  descends(pid: number, ancestor: number): boolean {
    const seen = new Set<number>();
    for (let at: number | undefined = pid; at !== undefined && !seen.has(at); at = this.#known.get(at)?.parent) {
      if (at === ancestor) return true;
      seen.add(at);
    }
    return false;
  }

  name(pid: number): string | undefined {
    return this.#files.name(pid);
  }

  hasVariable(pid: number, entry: string): boolean | undefined {
    return this.#files.hasVariable(pid, entry);
  }

  /** Fresh figures of whatever process has this pid now. */
  byPid(pid: number): ProcessStat | undefined {
    return this.#files.stat(pid);
  }
}

/** Whose processor time is counted. */
export type Counted =
  | {
      readonly kind: 'group';
      readonly group: number;
      /** `NAME=value` in the environment of the group, by which processes are known that have left it and their parents. */
      readonly mark?: string;
      /** What it computed before the first look counts too. */
      readonly isNew?: true;
    }
  /** This process without its children. */
  | { readonly kind: 'process'; readonly pid: number }
  | { readonly kind: 'nothing' };

/** What of the machine's processes a trial is charged for. */
export function countedFor({ processGroup, mark, isNewGroup }: Attachment, ownPid: number): Counted {
  if (processGroup === undefined) return { kind: 'process', pid: ownPid };
  if (processGroup === 'none') return { kind: 'nothing' };
  return {
    kind: 'group',
    group: processGroup,
    ...(mark !== undefined && { mark }),
    ...(isNewGroup && { isNew: true }),
  };
}

interface Member {
  readonly parent: number;
  last: ProcessStat;
}

/**
 * Cumulative processor time of one trial.
 *
 * A process that has ended passes its time to the parent that waited for it; one that nobody within the trial waited
 * for (the parent ended first, or ignores its children) would vanish from the sum, so its last known time is kept here.
 */
export class ProcessorTime {
  readonly #counted: Counted;
  readonly #members = new Map<number, Member>();
  readonly #marked: MarkedProcesses | undefined;
  /** Ticks of ended processes that no living member has inherited. */
  #orphaned = 0;
  #highest = 0;
  readonly #baseline: number;
  /** The process outside the trial that waits for its first process, and its inherited ticks at the last look. */
  #waiter: ProcessStat | undefined;

  constructor(counted: Counted, table: ProcessTable) {
    this.#counted = counted;
    if (counted.kind === 'group' && counted.mark !== undefined) {
      this.#marked = new MarkedProcesses(counted.mark, table.byPid(counted.group)?.start ?? 0);
    }
    const before = this.#sum(table);
    this.#baseline = counted.kind === 'group' && counted.isNew ? 0 : before;
    this.#highest = before;
  }

  /** Nanoseconds since construction, or of all of a new group; never goes back. The table must have been refreshed. */
  sample(table: ProcessTable): bigint {
    this.#highest = Math.max(this.#highest, this.#sum(table));
    return BigInt(this.#highest - this.#baseline) * TICK_NANOSECONDS;
  }

  /** Takes up processes that have come since the last look. The table must have been refreshed. */
  admit(table: ProcessTable): void {
    if (this.#counted.kind === 'group') this.#admit(table, this.#counted.group);
  }

  /** True for a process of the trial, as of the last look. */
  includes(pid: number): boolean {
    return this.#members.has(pid) || (this.#counted.kind === 'process' && pid === this.#counted.pid);
  }

  #sum(table: ProcessTable): number {
    if (this.#counted.kind === 'nothing') return 0;
    if (this.#counted.kind === 'process') return table.byPid(this.#counted.pid)?.own ?? this.#highest;
    this.#admit(table, this.#counted.group);
    this.#retire(table);
    const living = [...this.#members.values()].reduce((sum, { last }) => sum + last.own + last.reaped, 0);
    return living + this.#orphaned;
  }

  /** New processes of the group or with its mark, and children of members wherever they have moved; a pass for each generation. */
  #admit(table: ProcessTable, group: number): void {
    const marked = this.#marked?.find(table) ?? [];
    for (const stat of marked) this.#join(stat, table, group);
    let before: number;
    do {
      before = this.#members.size;
      for (const stat of table.all) this.#admitIfOurs(stat, table, group);
    } while (this.#members.size > before);
  }

  #admitIfOurs(stat: ProcessStat, table: ProcessTable, group: number): void {
    const ours = stat.pid === group || stat.group === group || this.#members.has(stat.parent);
    if (ours) this.#join(stat, table, group);
  }

  #join(stat: ProcessStat, table: ProcessTable, group: number): void {
    if (this.#members.has(stat.pid)) return;
    this.#members.set(stat.pid, { parent: stat.parent, last: { ...stat, own: 0, reaped: 0 } });
    if (stat.pid === group) this.#waiter = table.byPid(stat.parent);
  }

  /** Refreshes the living; of those that ended, keeps what no living ancestor took over. */
  #retire(table: ProcessTable): void {
    const inherited = new Map<number, number>();
    const ended = new Map<number, Member>();
    for (const [pid, member] of this.#members) {
      const now = table.current(member.last);
      if (now === undefined) ended.set(pid, member);
      else {
        inherited.set(pid, now.reaped - member.last.reaped);
        member.last = now;
      }
    }
    const left = new Map<number, number>();
    for (const { parent, last } of ended.values()) {
      const heir = nearestLiving(parent, ended, inherited);
      left.set(heir, (left.get(heir) ?? 0) + last.own + last.reaped);
    }
    for (const pid of ended.keys()) this.#members.delete(pid);
    for (const [heir, ticks] of left) {
      if (heir === OUTSIDE) this.#orphaned += this.#finalTicks(table, ticks);
      else this.#orphaned += Math.max(0, ticks - (inherited.get(heir) ?? 0));
    }
    if (this.#waiter !== undefined) this.#waiter = table.current(this.#waiter);
  }

  /**
   * Ticks of processes that ended outside any member, their last moments included where the waiter's figures show them:
   * what it inherited since the last look, if that is little more than what was last seen.
   */
  #finalTicks(table: ProcessTable, seen: number): number {
    if (this.#waiter === undefined) return seen;
    const now = table.current(this.#waiter);
    const took = now === undefined ? 0 : now.reaped - this.#waiter.reaped;
    return took >= seen && took - seen <= MOST_UNSEEN_TICKS ? took : seen;
  }
}

const OUTSIDE = 0;
/** Between two looks a trial hardly uses more than this: 1 s of processor time. */
const MOST_UNSEEN_TICKS = 100;

function nearestLiving(
  parent: number,
  ended: ReadonlyMap<number, Member>,
  living: ReadonlyMap<number, number>,
): number {
  let pid = parent;
  for (let generation = 0; generation < ended.size + 1; generation++) {
    if (living.has(pid)) return pid;
    const next = ended.get(pid);
    if (next === undefined) return OUTSIDE;
    pid = next.parent;
  }
  return OUTSIDE;
}
