/** A report as plain JSON: everything that the page and the tables show, and nothing sealed. */

import type { Campaign, Objective, OutcomeConstraint } from '../../shared/domain/campaign.js';
import type { Configuration } from '../../shared/domain/configuration.js';
import type { Device, SensorReport } from '../../shared/domain/hardware.js';
import type { Boundary, EnergyUncertainty, Part, Provenance, RepeatSummary } from '../../shared/domain/measurement.js';
import type { NetEnergy } from '../../shared/domain/net-energy.js';
import type { Parameter } from '../../shared/domain/search-space.js';
import type { StoppedEarly } from '../../shared/domain/stopping.js';
import type { Failure, TrialState } from '../../shared/domain/trial.js';
import type { EnergyPredictor } from '../analysis/energy-predictors.js';
import type { EnergyShare } from '../analysis/energy-split.js';
import type { HypervolumeHistory } from '../analysis/hypervolume-history.js';
import type { PairedComparison } from '../analysis/paired-energy.js';
import type { EnergyTotal, Fate, SearchEnergy } from '../analysis/search-energy.js';
import type { SavedEnergy } from '../analysis/saved-energy.js';
import type { ModelNote, ProposalNote } from './report-input.js';

/** Raised when a field changes its meaning or goes away. */
export const REPORT_FORMAT = 'ecopt-report/1';

export interface ReportData {
  readonly format: typeof REPORT_FORMAT;
  readonly madeUnixMilliseconds: number;
  readonly campaign: CampaignFacts;
  readonly trialCounts: Readonly<Partial<Record<TrialState, number>>>;
  readonly searchEnergy: SearchEnergy;
  /** Of trials that gave a result. */
  readonly energySplit: readonly EnergyShare[];
  /** By trials that were stopped early; an estimate, since they were not run to their end. */
  readonly saved: readonly SavedEnergy[];
  /** Absent where the campaign names no place and no figure: one is never guessed. */
  readonly carbon?: CarbonFacts;
  readonly fronts: readonly FrontData[];
  /** Absent until the reference is frozen. */
  readonly hypervolume?: {
    /** In user units, in the order of the objectives. */
    readonly reference: readonly number[];
    readonly histories: readonly HypervolumeHistory[];
  };
  readonly comparisons: readonly PairedComparison[];
  readonly predictors: readonly EnergyPredictor[];
  readonly trials: readonly TrialFacts[];
  readonly attempts: readonly AttemptFacts[];
  readonly machines: readonly MachineFacts[];
  readonly proposals: readonly ProposalNote[];
  /** Absent where no model chose, or too little is known. */
  readonly model?: readonly ModelNote[];
  /** Earlier campaign whose trials it began with, and how many. */
  readonly startedFrom?: { readonly campaign: string; readonly trials: number };
  readonly versions: Readonly<Record<string, string>>;
}

/** What turns joules into grams of CO2 equivalent, and the search's own. */
export interface CarbonFacts {
  readonly gramsPerKilowattHour: number;
  readonly label: string;
  /** Stands beside every figure made with it. */
  readonly attribution: string;
  /** In the order of `searchEnergy.totals`. */
  readonly search: readonly (Pick<EnergyTotal, 'provenance' | 'scope' | 'lowerBound'> & { readonly grams: number })[];
}

export interface CampaignFacts {
  readonly id: string;
  readonly name: string;
  readonly owner: string;
  readonly description: string;
  readonly state: 'open' | 'closed';
  readonly createdUnixMilliseconds: number;
  readonly closedUnixMilliseconds?: number;
  readonly seed: number;
  readonly objectives: readonly Objective[];
  readonly outcomeConstraints: readonly OutcomeConstraint[];
  readonly parameters: readonly Parameter[];
  readonly constraints: readonly string[];
  readonly budget: Campaign['budget'];
  readonly hardware: Campaign['hardware'];
  readonly measurement: Campaign['measurement'];
  readonly workload: string;
  readonly text: string;
}

/** A value that may be unknown; then there is a reason and never a number. */
export type Value =
  | {
      readonly kind: 'known';
      readonly value: number;
      readonly uncertainty?: { readonly random: number; readonly gain: number };
    }
  | { readonly kind: 'unknown'; readonly reason: string };

export interface FrontData {
  readonly hardwareClass: string;
  readonly provenance?: Provenance;
  /** Unsealed test metrics; empty while the campaign is open. */
  readonly testMetrics: readonly { readonly name: string; readonly unit: string }[];
  /** All complete outcomes of the group in the order of proposal. */
  readonly outcomes: readonly OutcomeFacts[];
}

export interface OutcomeFacts {
  /** Index of its first trial, as printed. */
  readonly index: number;
  readonly trials: readonly string[];
  readonly configuration: Configuration;
  readonly values: readonly Value[];
  readonly feasible: boolean;
  /** Place on the front counting from 1, best first objective first; absent: dominated or infeasible. */
  readonly rank?: number;
  /** Mean over its trials of each unsealed test metric; only on the front of a closed campaign. */
  readonly test?: Readonly<Record<string, number>>;
}

export interface TrialFacts {
  readonly id: string;
  readonly index: number;
  readonly configuration: Configuration;
  readonly configurationHash: string;
  readonly replicate: number;
  readonly state: TrialState;
  readonly attempts: number;
  readonly accountedAttempt?: number;
  readonly onFront: boolean;
  /** Class, agent, start and duration are those of the attempt that counts, else of the last one, by its lease. */
  readonly hardwareClass?: string;
  readonly agent?: string;
  readonly devices: readonly string[];
  readonly startedUnixMilliseconds?: number;
  readonly durationSeconds?: number;
  readonly failure?: Failure;
  /** Present exactly where it was stopped early. */
  readonly stopped?: StoppedEarly;
  /** What all of its attempts took; empty: no reading ever arrived. */
  readonly spent: readonly EnergyTotal[];
  readonly objectives: Readonly<Record<string, Value>>;
  readonly metrics: Readonly<Record<string, number>>;
  readonly energies: readonly EnergyFigure[];
  readonly windows: readonly WindowFacts[];
  readonly facts: Readonly<Record<string, string>>;
}

/** The reading behind one energy objective of one trial, and where it came from. */
export type EnergyFigure = FigureCore &
  (
    | {
        readonly kind: 'usable';
        readonly joules: number;
        readonly items?: number;
        readonly per?: string;
        readonly provenance: Provenance;
        readonly uncertainty: EnergyUncertainty;
        readonly repeats?: RepeatSummary;
        /** Less the idle power of the devices over the same time; derived, never an objective's value. */
        readonly net: NetEnergy;
        /** Within the boundary. */
        readonly devices: readonly string[];
        readonly sources: readonly string[];
        readonly events: readonly string[];
        /** CO2 equivalent of `joules`; of their provenance, and only where the campaign has a carbon intensity. */
        readonly carbonGrams?: number;
      }
    | { readonly kind: 'unusable'; readonly reason: string }
  );

interface FigureCore {
  readonly objective: string;
  readonly window: string;
  readonly boundary: Boundary;
  /** Windows that were summed, and their length together. */
  readonly windows: number;
  readonly seconds: number;
  /** Every device that was metered in these windows, also those outside the boundary. */
  readonly parts: readonly PartEnergy[];
}

/** Energy of one device in all windows of an objective together. */
export type PartEnergy = {
  readonly device: string;
  readonly part: Part;
  readonly source: string;
  /** False: not in the objective's value. */
  readonly withinBoundary: boolean;
} & (
  | {
      readonly kind: 'usable';
      readonly provenance: Provenance;
      readonly joules: number;
      readonly meanWatts: number;
      readonly peakWatts?: number;
      readonly uncertainty: EnergyUncertainty;
      readonly events: readonly string[];
      /** The sensor's own figure, where `joules` is corrected by a calibration. */
      readonly rawJoules?: number;
      /** The same device and windows by another reading of it; in no sum. */
      readonly check?: { readonly source: string; readonly joules: number };
      /** What the device took beside that no trial is charged for; in no sum. */
      readonly unattributedJoules?: number;
      /** At the start of the first window and at the end of the last. */
      readonly temperatureCelsius?: { readonly start: number; readonly end: number };
      /** Absent without an idle window that has the device. */
      readonly net?: NetEnergy;
    }
  | { readonly kind: 'unusable'; readonly reason: string }
);

/** A window with the kept readings of every device; integers as decimal texts. */
export interface WindowFacts {
  readonly kind: string;
  readonly label: string;
  readonly ordinal: number;
  readonly startNanoseconds: string;
  readonly endNanoseconds: string;
  readonly items?: number;
  readonly unit?: string;
  readonly devices: readonly (
    | {
        readonly kind: 'usable';
        readonly device: string;
        readonly part: Part;
        readonly source: string;
        readonly provenance: Provenance;
        readonly microjoules: string;
        readonly meanWatts: number;
        readonly peakWatts?: number;
        readonly uncertainty: EnergyUncertainty;
        readonly events: readonly string[];
        readonly rawMicrojoules?: string;
        readonly check?: { readonly source: string; readonly microjoules: string };
        readonly unattributedMicrojoules?: string;
        readonly temperatureCelsius?: { readonly start: number; readonly end: number };
      }
    | {
        readonly kind: 'unusable';
        readonly device: string;
        readonly part: Part;
        readonly source: string;
        readonly reason: string;
      }
  )[];
}

export interface AttemptFacts {
  readonly trial: string;
  readonly attempt: number;
  readonly agent?: string;
  readonly hardwareClass?: string;
  readonly fate: Fate;
  readonly reason?: string;
  readonly lowerBound: boolean;
  /** Handed back before anything of it was run or metered. */
  readonly tookNothing?: boolean;
  /** Empty: unknown, unless it took nothing. */
  readonly energy: readonly {
    readonly device: string;
    readonly part: Part;
    readonly provenance: Provenance;
    readonly microjoules: string;
    readonly unattributedMicrojoules?: string;
  }[];
}

export interface MachineFacts {
  readonly agent: string;
  readonly name: string;
  readonly hostName: string;
  readonly operatingSystem: string;
  readonly cpuModel: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly backend: string;
  readonly backendReason: string;
  readonly gpuAdvice?: string;
  readonly classes: readonly string[];
  readonly devices: readonly Device[];
  readonly sensors: readonly SensorReport[];
  readonly versions: Readonly<Record<string, string>>;
}
