/** Energy of the processor where no sensor can be read: processor time of the trial times a stated figure. */

import { deviceId } from '../../../shared/domain/identity.js';
import type { CorePower } from './cpu-power-figures.js';
import { FULL_COVERAGE, type EnergySource, type Reading, type SourceProbe, type TrialLoad } from '../energy-source.js';
import { TICK_NANOSECONDS } from '../processor-tick.js';

export const CPU_MODEL_DEVICE = deviceId('cpu');

/**
 * A model of the host's processor: each trial is charged for its own processor time, so strangers and idle power are not
 * in the figure.
 */
export function cpuModelSource(power: CorePower, cpuProduct: string): EnergySource {
  const microwatts = BigInt(Math.round(power.wattsPerBusyCore * 1e6));
  return {
    name: 'cpu-model',
    pace: 'load',
    isFallback: true,
    probe: () => describe(power, cpuProduct),
    sample: (held, loads) => (held.has(CPU_MODEL_DEVICE) ? loads.map((load) => charge(load, microwatts)) : []),
    close: () => undefined,
  };
}

/** Microwatts times nanoseconds are units of 1e-9 microjoules. */
const charge = ({ trial, cpuNanoseconds, atNanoseconds }: TrialLoad, microwatts: bigint): Reading => ({
  kind: 'energy',
  device: CPU_MODEL_DEVICE,
  trial,
  atNanoseconds,
  microjoules: (cpuNanoseconds * microwatts) / 1_000_000_000n,
});

function describe({ wattsPerBusyCore, gain, basis }: CorePower, product: string): SourceProbe {
  const figure = `${wattsPerBusyCore.toFixed(1)} W per busy core (${basis}; ±${(gain * 100).toFixed(0)} %)`;
  return {
    found: [
      {
        device: { id: CPU_MODEL_DEVICE, kind: 'cpu-host', product },
        part: 'cpu',
        source: 'cpu-model',
        provenance: 'model',
        detail: `no sensor: processor time of the trial x ${figure}. State a figure of your own with --cpu-watts-per-core.`,
        aliases: [],
        perTrial: true,
        traits: {
          reads: 'energy',
          latched: false,
          averagingNanoseconds: 0n,
          coverage: FULL_COVERAGE,
          quantumMicrojoules: wattsPerBusyCore * (Number(TICK_NANOSECONDS) / 1e3),
          gain,
          estimate: 0,
        },
      },
    ],
    missing: [],
    versions: {},
  };
}
