/**
 * The lines of `--json`: one JSON object per line, told apart by `event`.
 *
 * Every line has `schema` (this version), `campaign` and `activeSeconds`, the seconds for which the campaign was served.
 * Within one version fields and events may be added, never removed or given another meaning: a reader skips what it does
 * not know. Units are in the names; a number that is unknown is `null` or absent, never 0. Joules are always keyed by
 * provenance (`counter`, `integrated`, `shared-estimate`, `model`, `simulated`) and never added up across it.
 */

import type { Configuration } from '../../shared/domain/configuration.js';
import type { Device, SensorReport } from '../../shared/domain/hardware.js';
import type { Provenance, RepeatSummary } from '../../shared/domain/measurement.js';
import type { StoppingEstimate } from '../../shared/domain/stopping.js';
import type { TrialState } from '../../shared/domain/trial.js';
import type { JoulesByProvenance, MeasuredAgainView } from '../campaign/snapshot.js';

export const JSON_LINES_SCHEMA = 1;

export interface JsonEnvelope {
  readonly schema: typeof JSON_LINES_SCHEMA;
  /** `null` in notes from before the campaign is known. */
  readonly campaign: string | null;
  readonly activeSeconds: number;
}

export type JsonLine = JsonEnvelope & JsonBody;

export type JsonBody =
  /** First line; `finished` trials of an earlier run are not told again one by one. */
  | (JsonCounts & {
      readonly event: 'campaign-opened';
      readonly name: string;
      readonly seed: number;
      readonly objectives: readonly JsonObjective[];
    })
  | { readonly event: 'agent-joined'; readonly agent: JsonAgent }
  | { readonly event: 'agent-left'; readonly agentName: string }
  | { readonly event: 'agent-quarantined'; readonly agentName: string; readonly reason: string }
  /** None of its slots can take this campaign's trials. */
  | { readonly event: 'agent-unfit'; readonly agentName: string; readonly reason: string }
  | { readonly event: 'agent-readmitted'; readonly agentName: string }
  | ({ readonly event: 'trial-started' } & JsonRunning)
  | ({ readonly event: 'trial-reported' } & JsonRunning)
  /**
   * The attempt ended without a result that counts; the trial is queued again. `measuredAgainBecause`: it ran to its end,
   * but this energy could not be used.
   */
  | ({ readonly event: 'trial-returned'; readonly measuredAgainBecause?: string } & JsonRunning & JsonEnded)
  /** One of `trial-completed`, `trial-stopped-early`, `trial-failed`, `trial-unpaired`, `trial-cancelled`. */
  | (JsonCounts & JsonResult & { readonly event: `trial-${FinalState}` })
  | ({ readonly event: 'front-changed' } & JsonFront)
  | { readonly event: 'method-changed'; readonly method: string }
  | { readonly event: 'budget-reached'; readonly reason: string }
  | { readonly event: 'note'; readonly message: string }
  /** Last line. `campaign-left`: still open, the same command goes on with it. */
  | (JsonCounts & {
      readonly event: 'campaign-closed' | 'campaign-left';
      readonly reason: string | null;
      readonly fronts: readonly JsonFront[];
      readonly searchEnergyJoules: JoulesByProvenance;
      readonly searchEnergyIsLowerBound: boolean;
      /** Absent where the campaign names no place and no figure. */
      readonly searchCarbon?: JsonCarbon;
      /** By trials that were stopped early; an estimate, since they were not run to their end. */
      readonly savedJoules: readonly JsonSaved[];
      readonly measuredAgain: readonly MeasuredAgainView[];
      readonly reports: readonly string[];
      readonly next: readonly { readonly command: string; readonly purpose: string }[];
    });

export type FinalState = Exclude<TrialState, 'queued' | 'leased'>;

/** `planned` is `null` where the budget counts no trials, and while a comparison does not know its hardware classes. */
export interface JsonCounts {
  readonly finished: number;
  readonly planned: number | null;
}

/** Grams of CO2 equivalent, keyed and bounded like the joules that they are made of. */
export interface JsonCarbon {
  readonly grams: JoulesByProvenance;
  readonly gramsPerKilowattHour: number;
  readonly label: string;
  readonly attribution: string;
}

export interface JsonObjective {
  readonly name: string;
  readonly goal: 'minimize' | 'maximize';
  readonly unit: string;
  readonly from: 'metric' | 'energy';
}

export interface JsonAgent {
  readonly name: string;
  readonly hostName: string;
  readonly cpuModel: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly devices: readonly Device[];
  readonly sensors: readonly SensorReport[];
  readonly backend: { readonly name: string; readonly reason: string; readonly gpuAdvice?: string };
  readonly slots: number;
}

export interface JsonTrial {
  readonly trial: string;
  readonly index: number;
  readonly attempts: number;
  readonly replicate: number;
  readonly configuration: Configuration;
}

export interface JsonRunning extends JsonTrial {
  readonly agentName: string;
  readonly hardwareClass: string;
  readonly phase: string;
  readonly elapsedSeconds: number;
  readonly step: number | null;
  readonly fraction: number | null;
  readonly metrics: Readonly<Record<string, number | null>>;
  readonly joules: JoulesByProvenance;
}

/** Of an attempt that gave no result; `joulesAreLowerBound`: it may have gone on after its last reading. */
export interface JsonEnded {
  readonly joules: JoulesByProvenance;
  readonly joulesAreLowerBound: boolean;
  readonly failure?: JsonFailure;
}

export interface JsonFailure {
  readonly kind: string;
  readonly reason: string;
  readonly message: string;
}

export interface JsonResult extends JsonTrial {
  readonly state: FinalState;
  readonly hardwareClass: string | null;
  readonly durationSeconds: number | null;
  readonly objectives: readonly JsonOutcome[];
  readonly metrics: Readonly<Record<string, number | null>>;
  /** Present exactly on the front's trials of a closed campaign. */
  readonly sealed?: Readonly<Record<string, number | null>>;
  readonly failure?: JsonFailure;
  /** Present exactly where the trial was stopped early. */
  readonly stopped?: StoppingEstimate & { readonly savedJoules?: Omit<JsonSaved, 'trials'> };
}

/** Estimated energy to the end less what was spent, in joules of one provenance, with its standard uncertainty. */
export interface JsonSaved {
  readonly provenance: Provenance;
  readonly value: number;
  readonly standard: number;
  readonly trials: number;
}

/** One objective of one trial; `reason` says why a value is `null`. */
export interface JsonOutcome {
  readonly name: string;
  readonly unit: string;
  readonly value: number | null;
  /** Of energy only, where known: standard uncertainty in `unit`, the card's gain included. */
  readonly standardUncertainty?: number;
  readonly provenance?: Provenance;
  /** Of energy per item over repeated windows: how many, and the relative half-width of the 95 % interval without gain. */
  readonly repeats?: RepeatSummary;
  readonly reason?: string;
}

/** The front of one hardware class with energies known in one way; neither is mixed with another. */
export interface JsonFront {
  readonly hardwareClass: string;
  readonly energyBy: readonly Provenance[];
  readonly hypervolume: number | null;
  readonly trials: readonly JsonResult[];
}
