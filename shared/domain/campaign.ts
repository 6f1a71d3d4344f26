/** A campaign: one optimisation from a campaign file to a report. Submitted, never edited. */

import type { Configuration } from './configuration.js';
import type { Boundary } from './measurement.js';
import type { SearchSpace } from './search-space.js';

export type Goal = 'minimize' | 'maximize';

/** Energy of a window, divided by a count. */
export interface EnergySource {
  readonly window: string;
  readonly label?: string;
  /** Divisor: the unit of the items that the program counted (`token`, `sample`); absent: the whole window. */
  readonly per?: string;
}

interface ObjectiveCore {
  readonly name: string;
  readonly goal: Goal;
  /** Unit as shown; `J` or `J/token` is filled in for energy. */
  readonly unit: string;
  /** Reference value in user units; outcomes worse than this add no hypervolume. */
  readonly threshold?: number;
  /** Scale on which it is modelled; energy defaults to `log`. */
  readonly scale: 'linear' | 'log';
}

/** An objective is a metric that the program reports, or energy that the meter reads. */
export type Objective =
  | (ObjectiveCore & { readonly from: 'metric'; readonly metric: string })
  | (ObjectiveCore & { readonly from: 'energy'; readonly energy: EnergySource });

/** `metric <= bound` or `metric >= bound`. */
export interface OutcomeConstraint {
  readonly metric: string;
  readonly relation: '<=' | '>=';
  readonly bound: number;
}

/** A metric beside the objectives. `test` metrics are sealed until the campaign is closed. */
export interface ExtraMetric {
  readonly name: string;
  readonly role: 'info' | 'test';
  readonly unit: string;
}

/** How a metric is read from a plain program's work. */
export type MetricSource =
  | { readonly kind: 'json-file'; readonly path: string; readonly key: string }
  | { readonly kind: 'pattern'; readonly pattern: string };

/** What a trial runs. */
export type Workload = BuiltinWorkload | CommandWorkload;

export interface BuiltinWorkload {
  readonly kind: 'builtin';
  /** Name of the built-in trainer, such as `language-model`. */
  readonly trainer: 'language-model';
  /** Options of the trainer; checked by its own schema in `shared/schema/language-model-schema.ts`. */
  readonly options: Readonly<Record<string, number | string | boolean>>;
}

export interface CommandWorkload {
  readonly kind: 'command';
  /** Program and arguments with `{parameter}`, `{seed}`, `{trial_dir}` and `{data.NAME}` placeholders; never given to a shell. */
  readonly argv: readonly string[];
  /** Working folder on the agent; absent: the folder where the agent was started. */
  readonly workingFolder?: string;
  /** Environment variables with fixed values. */
  readonly environment: Readonly<Record<string, string>>;
  /** Where each metric is found; metrics reported over the trial protocol need no entry. */
  readonly metrics: Readonly<Record<string, MetricSource>>;
}

export interface Budget {
  /** Trials (or configurations, see `counts`) to finish, start-up included. */
  readonly trials?: number;
  readonly hours?: number;
  readonly deviceHours?: number;
  /** Joules of search energy over all attempts. */
  readonly energyJoules?: number;
  readonly counts: 'trials' | 'configurations';
}

export interface HardwarePolicy {
  readonly policy: 'pooled' | 'compare' | 'pinned';
  /** Classes taking part: shell-style patterns on the class text; empty: all. */
  readonly classes: readonly string[];
  /** `compare`: a class that joins late gets earlier configurations. */
  readonly backfill: boolean;
  /** `compare`: runs of each configuration per class. */
  readonly replicates: number;
}

/** What a trial needs of a machine, by name. */
export interface Needs {
  readonly environment?: string;
  readonly data: readonly string[];
  readonly devices: number;
  readonly deviceMemoryBytes?: number;
  readonly diskBytes?: number;
  readonly labels: Readonly<Record<string, string>>;
}

export interface MeasurementProtocol {
  /** Absent: `accelerator` where the slot holds one, else `cpu`. */
  readonly boundary?: Boundary;
  /** `measured` refuses machines whose energy within the boundary is modelled; `any` labels it. */
  readonly require: 'any' | 'measured';
  /** Seconds of idle metering before a trial; 0 skips it. */
  readonly idleSeconds: number;
  /** Times a trial whose window was unusable is measured again. */
  readonly remeasure: number;
  /** Seconds of work before the first repeated window, which is a window of kind `warm-up`; 0: none. */
  readonly warmUpSeconds: number;
  /** A window that its program can repeat is repeated until the relative half-width of its 95 % interval is below this; 0: once. */
  readonly repeatTarget: number;
  /** Seconds for all repeats of one window together. */
  readonly repeatSeconds: number;
  /** The trial starts once its devices are no hotter than this, in degrees Celsius; absent: at once. */
  readonly coolDownCelsius?: number;
  /** Longest wait for that, in seconds. */
  readonly coolDownSeconds: number;
}

/** Grams of CO2 equivalent per kilowatt-hour: a country or region of the Ember data, or a figure with its source. */
export type CarbonIntensity =
  | { readonly kind: 'region'; readonly region: string }
  | { readonly kind: 'stated'; readonly gramsPerKilowattHour: number };

/** `auto` is `tpe` for many trials and strongly conditional spaces, else `model`; it says which and why. */
export const PROPOSER_KINDS = ['auto', 'random', 'sobol', 'grid', 'model', 'tpe', 'nsga2'] as const;
export type ProposerKind = (typeof PROPOSER_KINDS)[number];

export interface ProposerSettings {
  readonly kind: ProposerKind;
  /** Quasi-random configurations before the model takes over. */
  readonly start: number;
  /** Configurations the user wants tried first. */
  readonly first: readonly Configuration[];
  /** True: improvement is weighed against the search energy that a trial is expected to take. */
  readonly perJoule?: boolean;
  /** Budget in trials, where there is one: with many, `auto` chooses another method. */
  readonly expectedTrials?: number;
}

/** Trials are stopped early when they are unlikely to improve the front. */
export interface StoppingSettings {
  /** A trial whose chance to improve the front is below this is stopped, in (0, 1). */
  readonly chance: number;
  /** Share of the trial's work before which none is stopped, in [0, 1). */
  readonly grace: number;
}

/** Limits of one trial. */
export interface TrialLimits {
  /** Wall time of one attempt; over it: infeasible on that class. */
  readonly hours?: number;
  /** Attempts lost to machines before a trial fails for good. */
  readonly attempts: number;
}

export interface Campaign {
  readonly name: string;
  readonly owner: string;
  readonly description: string;
  readonly seed: number;
  readonly space: SearchSpace;
  readonly objectives: readonly Objective[];
  readonly constraints: readonly OutcomeConstraint[];
  readonly metrics: readonly ExtraMetric[];
  readonly workload: Workload;
  readonly budget: Budget;
  readonly hardware: HardwarePolicy;
  readonly needs: Needs;
  readonly measurement: MeasurementProtocol;
  /** Absent: no carbon figures, since a place is never guessed. */
  readonly carbon?: CarbonIntensity;
  readonly proposer: ProposerSettings;
  /** Absent: every trial runs to its end. */
  readonly stopping?: StoppingSettings;
  readonly limits: TrialLimits;
  /** Identity of an outside program's code. */
  readonly code?: { readonly kind: 'snapshot' | 'on-agent'; readonly path: string };
  /** Names only; values live in the agents' policy files. */
  readonly secrets: readonly string[];
  readonly checkpoints?: { readonly store: string; readonly keep: string; readonly maxBytes?: number };
}

/** Names of sealed metrics. */
export const sealedMetrics = (campaign: Campaign): ReadonlySet<string> =>
  new Set(campaign.metrics.filter(({ role }) => role === 'test').map(({ name }) => name));
