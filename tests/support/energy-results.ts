/** Results of a made-up two-objective campaign, one line each: a loss to maximise against joules. */

import type { Campaign } from '../../shared/domain/campaign.js';
import { agentId, campaignId, deviceId, hardwareClassId, slotId, trialId } from '../../shared/domain/identity.js';
import type { AttemptEnergy, Provenance } from '../../shared/domain/measurement.js';
import type { TrialResult } from '../../shared/domain/trial.js';
import type { AttemptRecord } from '../../coordinator/analysis/search-energy.js';
import { sampleCampaign } from './sample-campaign.js';

/** Accuracy upwards against training energy downwards. */
export const accuracyCampaign: Campaign = {
  ...sampleCampaign,
  objectives: [
    { name: 'accuracy', goal: 'maximize', unit: '%', scale: 'linear', from: 'metric', metric: 'accuracy' },
    { name: 'energy', goal: 'minimize', unit: 'J', scale: 'log', from: 'energy', energy: { window: 'train' } },
  ],
};

export interface EnergyLine {
  readonly index: number;
  /** Equal names are equal configurations; default: one of its own. */
  readonly name?: string;
  readonly on?: string;
  readonly accuracy?: number;
  readonly joules?: number;
  /** Relative standard uncertainty of the gain. */
  readonly gain?: number;
  readonly edgeJoules?: number;
  readonly provenance?: Provenance;
  readonly agent?: string;
  readonly devices?: readonly string[];
  readonly metrics?: Readonly<Record<string, number>>;
}

/** A completed result; without `joules` its energy is missing. */
export function energyResult(line: EnergyLine): TrialResult {
  const { index, name = `c${index}`, on = 'A', accuracy = 50, joules, agent = `agent of ${on}`, devices = [] } = line;
  const { gain = 0, edgeJoules = 0, provenance = 'counter' } = line;
  return {
    trial: {
      id: trialId(`t.${index}`),
      campaign: campaignId('t'),
      index,
      configuration: { width: index },
      configurationHash: name,
      replicate: 1,
      state: 'completed',
      attempts: 1,
    },
    attempt: 1,
    objectives: { accuracy, ...(joules !== undefined && { energy: joules }) },
    missing: joules === undefined ? { energy: 'counter-reset' } : {},
    energies: {
      energy:
        joules === undefined
          ? { kind: 'unusable', reason: 'counter-reset' }
          : {
              kind: 'usable',
              joules,
              provenance,
              uncertainty: { edgeJoules, samplingJoules: 0, gapJoules: 0, gainJoules: gain * joules },
            },
    },
    observation: {
      end: { kind: 'completed' },
      metrics: line.metrics ?? {},
      sealed: {},
      windows: [],
      energy: [],
      agent: agentId(agent),
      slot: slotId('s'),
      devices: devices.map(deviceId),
      hardwareClass: hardwareClassId(on),
      startedUnixMilliseconds: 1000 * index,
      durationSeconds: 0.5,
      outputTail: '',
      facts: {},
    },
  };
}

/** An accounted, completed attempt of that result, with the joules given in whole. */
export function attemptOf(
  result: TrialResult,
  joules: number | undefined,
  change: Partial<AttemptRecord> = {},
): AttemptRecord {
  return {
    trial: result.trial.id,
    attempt: 1,
    hardwareClass: result.observation!.hardwareClass,
    end: { kind: 'completed' },
    accounted: true,
    energy: joules === undefined ? [] : [reading(joules)],
    lowerBound: false,
    endedUnixMilliseconds: 1000 * result.trial.index + 500,
    ...change,
  };
}

/** A device's cumulative energy. */
export const reading = (joules: number, change: Partial<AttemptEnergy> = {}): AttemptEnergy => ({
  device: deviceId('GPU-1'),
  part: 'accelerator',
  provenance: 'counter',
  microjoules: BigInt(Math.round(joules * 1e6)),
  ...change,
});
