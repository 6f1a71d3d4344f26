/** The configurations of a study: which are known by which id, which are pending, and how their runs ended. */

import { canonicalConfiguration, type Configuration } from '../../shared/domain/configuration.js';
import { UsageError } from '../../shared/domain/errors.js';
import { present } from '../../shared/domain/present.js';
import type { ProposerObservation } from '../../shared/domain/proposal.js';
import type { CompiledSpace } from '../space/compiled-space.js';

/** A configuration and the number under which it is told. */
export interface Suggestion {
  readonly id: number;
  readonly configuration: Configuration;
}

/** One finished run. */
export interface Run {
  readonly id: number;
  readonly observation: ProposerObservation;
}

/** Ids count from 1 and are never given twice. */
export class StudyBook {
  readonly #space: CompiledSpace;
  readonly #byId = new Map<number, Suggestion>();
  readonly #idOf = new Map<string, number>();
  readonly #pending = new Set<number>();
  readonly #runsOf = new Map<number, number>();
  #runs: Run[] = [];
  #lastId = 0;

  constructor(space: CompiledSpace) {
    this.#space = space;
  }

  /** In the order in which they were told. */
  get runs(): readonly Run[] {
    return this.#runs;
  }

  /** Without an outcome so far, in the order in which they came up. */
  get pending(): Suggestion[] {
    return [...this.#pending].map((id) => this.find(id));
  }

  /** @throws {UsageError} if no configuration has the id. */
  find(id: number): Suggestion {
    const found = this.#byId.get(id);
    if (found) return found;
    throw new UsageError(`there is no configuration ${id}. Write an id that was given, or the configuration itself.`);
  }

  /** @throws {UsageError} if the space has no such configuration; `what` names it. */
  check(given: Configuration, what: string): void {
    const faults = this.#space.faults(given);
    if (faults.length > 0) throw new UsageError(`${what}: ${faults.join('; ')}.`);
  }

  /** The configuration under its id, which is a new one for a new configuration. It must be one of the space. */
  enter(given: Configuration): Suggestion {
    const configuration = onGrid(this.#space, given);
    const key = canonicalConfiguration(configuration);
    const known = this.#idOf.get(key);
    if (known !== undefined) return this.find(known);
    const suggestion = { id: ++this.#lastId, configuration };
    this.#byId.set(suggestion.id, suggestion);
    this.#idOf.set(key, suggestion.id);
    return suggestion;
  }

  /** The largest id given so far; 0 before the first. */
  get lastId(): number {
    return this.#lastId;
  }

  markPending(id: number): void {
    this.#pending.add(id);
  }

  record(run: Run): void {
    this.#pending.delete(run.id);
    this.#runsOf.set(run.id, this.runsOf(run.id) + 1);
    this.#runs.push(run);
  }

  /** Drops a configuration and all its runs, as if it had never come up. */
  forget(id: number): void {
    const { configuration } = this.find(id);
    this.#byId.delete(id);
    this.#idOf.delete(canonicalConfiguration(configuration));
    this.#pending.delete(id);
    this.#runsOf.delete(id);
    this.#runs = this.#runs.filter((run) => run.id !== id);
  }

  runsOf(id: number): number {
    return this.#runsOf.get(id) ?? 0;
  }
}

/** Stepped values such as 3 x 0.1 as the space itself writes them, so that equal configurations have equal texts. */
function onGrid(space: CompiledSpace, configuration: Configuration): Configuration {
  const stepped = space.axes.filter(
    ({ parameter, levels }) => Number.isFinite(levels) && Object.hasOwn(configuration, parameter.name),
  );
  const values = stepped.map((axis) => {
    const { name } = axis.parameter;
    return [name, axis.level(axis.levelOf(present(configuration[name], name)))] as const;
  });
  return { ...configuration, ...Object.fromEntries(values) };
}
