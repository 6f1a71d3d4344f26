/** A study that asks for configurations and is told their outcomes: the proposer for programs that run trials themselves. */

import type { Configuration } from '../../shared/domain/configuration.js';
import { UsageError } from '../../shared/domain/errors.js';
import { present } from '../../shared/domain/present.js';
import type { Proposal, ProposalRequest } from '../../shared/domain/proposal.js';
import { pathText, type PathFault } from '../../shared/schema/fault.js';
import { reportSchema, type Report } from '../../shared/schema/report-schema.js';
import { schemaFaults } from '../../shared/schema/schema-faults.js';
import { checkStudy, type StudyDefinition, type StudyFile } from '../../shared/schema/study-schema.js';
import { checkConstraints } from '../campaign/check-constraints.js';
import { reportingReference } from '../campaign/reporting-reference.js';
import { propose } from '../proposer/propose.js';
import { compileSpace } from '../space/compiled-space.js';
import { bestOutcomes, type BestOutcomes } from './best-outcomes.js';
import { readReport } from './read-report.js';
import { StudyBook, type Suggestion } from './study-book.js';

export type { BestOutcomes, FrontMember } from './best-outcomes.js';
export type { Suggestion } from './study-book.js';
export type { Configuration, Report, StudyFile };

/** Configurations to run next. */
export interface Batch {
  /** Fewer than asked for, or none, when the space is used up. */
  readonly suggestions: readonly Suggestion[];
  /** Which method made them and why, for people. */
  readonly method: string;
}

/** What became known of a configuration. */
export interface Told {
  readonly id: number;
  /** Runs of it that were told so far. */
  readonly runs: number;
}

/**
 * Opens a study.
 *
 * @param file - What the file of `ecopt ask-tell` says, as plain data: `space`, `objectives` and what else it may hold.
 * @throws {UsageError} with one line for each fault.
 */
export function openStudy(file: StudyFile): Study {
  const checked = checkStudy(file, checkConstraints);
  if (!checked.ok) throw new UsageError(checked.faults.map(faultText).join('\n'), { faults: checked.faults });
  return new Study(checked.definition);
}

/**
 * Configurations asked for, and what is told of them. Does no input or output; the same calls in the same order give the
 * same configurations. Asking computes, for up to some seconds once hundreds of outcomes are known.
 */
export class Study {
  readonly definition: StudyDefinition;
  readonly #book: StudyBook;
  /** Configurations proposed so far; those forgotten since count too. */
  #asked = 0;
  /** Known from elsewhere: they take the place of quasi-random ones at the start. */
  readonly #external = new Set<number>();
  /** Found once and kept, so that the hypervolume changes by outcomes alone. */
  #reference: readonly number[] | undefined;

  constructor(definition: StudyDefinition) {
    this.definition = definition;
    this.#book = new StudyBook(compileSpace(definition.space));
  }

  /** The next configuration; `undefined` when the space is used up. */
  ask(task?: string): Suggestion | undefined {
    return this.suggestBatch(1, task).suggestions[0];
  }

  /**
   * The next configurations, to be run at the same time.
   *
   * @param count - 1 or more.
   * @param task - Class of hardware that will run them; absent: the one with the most outcomes.
   * @throws {UsageError} for another count.
   */
  suggestBatch(count: number, task?: string): Batch {
    return this.accept(propose(this.request(count, task)));
  }

  /** What {@link suggestBatch} asks of a proposer; its answer goes to {@link accept}. */
  request(count: number, task?: string): ProposalRequest {
    if (!Number.isSafeInteger(count) || count < 1) {
      throw new UsageError(`${count} configurations cannot be asked for. Write a whole number from 1.`);
    }
    const { space, objectives, constraints, proposer, seed } = this.definition;
    return {
      space,
      objectives,
      constraints,
      settings: { ...proposer, start: Math.max(0, proposer.start - this.#external.size) },
      seed,
      index: this.#asked,
      count,
      history: this.#book.runs.map(({ observation }) => observation),
      pending: this.pending().map(({ configuration }) => configuration),
      ...(task !== undefined && { task }),
    };
  }

  /** Enters proposed configurations as pending. */
  accept({ configurations, method }: Proposal): Batch {
    this.#asked += configurations.length;
    return { suggestions: this.#enterPending(configurations), method };
  }

  /**
   * Records how one run of a configuration ended. Another report of the same configuration is another run of it.
   *
   * @throws {UsageError} naming what is wrong with the report; nothing is recorded then.
   */
  tell(report: Report): Told {
    const [fault] = schemaFaults(reportSchema, report);
    if (fault) throw new UsageError(faultText(fault));
    const result = readReport(this.definition, report);
    const { failure, ...values } = result;
    const { id, configuration, isNew } = this.#subject(report);
    if (isNew) this.#external.add(id);
    const { task = '', device, costJoules } = report;
    this.#book.record({
      id,
      observation: {
        configuration,
        task,
        ...values,
        feasible: failure === undefined,
        ...(failure !== undefined && { failure }),
        ...(device !== undefined && { device }),
        ...(costJoules !== undefined && { costJoules }),
      },
    });
    if (result.values.every((value) => value !== undefined)) this.#reference ??= this.#referenceOf(false);
    return { id, runs: this.#book.runsOf(id) };
  }

  /**
   * Enters configurations that are being run without having been asked for.
   *
   * @throws {UsageError} if the space has no such configuration; none is entered then.
   */
  addPending(configurations: readonly Configuration[]): readonly Suggestion[] {
    configurations.forEach((configuration, i) => this.#book.check(configuration, `pending[${i}]`));
    return this.#enterPending(configurations);
  }

  /** Configurations without an outcome, which proposals keep away from. */
  pending(): readonly Suggestion[] {
    return this.#book.pending;
  }

  /** Drops a configuration that will not be run, or all that was told of one, so that it may come up again. */
  forget(id: number): void {
    this.#book.forget(id);
    this.#external.delete(id);
  }

  /**
   * The best outcomes of one class of hardware.
   *
   * @param task - Needed where outcomes of several are known, since they are never mixed.
   * @throws {UsageError} naming the classes.
   */
  best(task?: string): BestOutcomes {
    const { objectives, constraints } = this.definition;
    const tasks = [...new Set(this.#book.runs.map(({ observation }) => observation.task))];
    if (task === undefined ? tasks.length > 1 : !tasks.includes(task)) {
      const problem =
        task === undefined ? 'outcomes of several tasks are known' : `no outcome of task ${task} is known`;
      throw new UsageError(
        `${problem}. Write "task" as one of: ${tasks.map((name) => JSON.stringify(name)).join(', ')}.`,
      );
    }
    return bestOutcomes({
      objectives,
      constraints,
      runs: this.#book.runs.filter(({ observation }) => task === undefined || observation.task === task),
      reference: this.#reference ?? this.#referenceOf(true),
    });
  }

  #enterPending(configurations: readonly Configuration[]): Suggestion[] {
    const entered = configurations.map((configuration) => this.#book.enter(configuration));
    for (const { id } of entered) this.#book.markPending(id);
    return entered;
  }

  #subject({ id, configuration }: Report): Suggestion & { readonly isNew: boolean } {
    if ((id === undefined) === (configuration === undefined)) {
      throw new UsageError('a report is about one configuration. Write either its "id" or the "configuration" itself.');
    }
    if (configuration === undefined) return { ...this.#book.find(present(id, 'id')), isNew: false };
    this.#book.check(configuration, 'configuration');
    const last = this.#book.lastId;
    const entered = this.#book.enter(configuration);
    return { ...entered, isNew: entered.id > last };
  }

  #referenceOf(final: boolean): readonly number[] | undefined {
    const outcomes = this.#book.runs.map(({ observation: { values } }) => ({
      objectives: Object.fromEntries(
        this.definition.objectives.flatMap(({ name }, j) => (values[j] === undefined ? [] : [[name, values[j]]])),
      ),
    }));
    return reportingReference(this.definition, outcomes, final);
  }
}

const faultText = ({ path, problem, remedy }: PathFault): string => `${pathText(path)}: ${problem}. ${remedy}`;
