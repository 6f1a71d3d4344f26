/** Windows of a made-up attempt as its meter would give them; the card with a counter has everything that a meter can tell. */

import { deviceId } from '../../shared/domain/identity.js';
import type { DeviceEnergy, EnergyUncertainty, WindowKey, WindowReading } from '../../shared/domain/measurement.js';
import type { Random } from '../../shared/runtime/random.js';
import type { SampleClass } from './sample-machines.js';

/** Items of all decoding windows together. */
const DECODED = 2_000;
/** Decoding windows on the card that is measured. */
const REPEATS = 12;
const IDLE_WATTS = 74;

export interface SampleWork {
  readonly hardware: SampleClass;
  readonly index: number;
  /** Of training; decoding takes a quarter of it. */
  readonly seconds: number;
  readonly random: Random;
}

/** Idle where something is measured, training, and decoding: repeated where something is measured. */
export function sampleWindows(work: SampleWork): WindowReading[] {
  const { hardware, index, seconds, random } = work;
  const origin = BigInt(index) * 1_000_000_000_000n;
  const at = (second: number): bigint => origin + BigInt(Math.round(second * 1e9));
  const window = (key: WindowKey & Pick<WindowReading, 'items'>, [start, end]: Span, watts: number): WindowReading => ({
    ...{ ...key, startNanoseconds: at(start), endNanoseconds: at(end), unit: 'token' },
    devices: devicesOf(hardware, end - start, watts),
  });
  const measured = hardware.provenance === 'counter';
  const [trainWatts, decodeWatts] = [0, 1].map(() => hardware.watts * (1 + 0.02 * random.normal()));
  const repeats = measured ? REPEATS : 1;
  const length = (0.25 * seconds) / repeats;
  const start = 5 + seconds;
  return [
    ...(measured ? [window({ kind: 'idle', label: '', ordinal: 0 }, [0, 2], IDLE_WATTS)] : []),
    window({ kind: 'train', label: '', ordinal: 0, items: 400_000 }, [3, 3 + seconds], trainWatts!),
    ...Array.from({ length: repeats }, (_, ordinal) =>
      window(
        { kind: 'infer', label: 'decode', ordinal, items: DECODED / repeats },
        [start + ordinal * length, start + (ordinal + 1) * length],
        decodeWatts! * (1 + (measured ? 0.02 * Math.sin(ordinal * 2.3) : 0)),
      ),
    ),
  ];
}

type Span = readonly [start: number, end: number];

function devicesOf(hardware: SampleClass, seconds: number, watts: number): DeviceEnergy[] {
  const joules = watts * seconds;
  const { metered, part, source, provenance } = hardware;
  const core = { kind: 'usable', device: deviceId(metered), part, source, provenance } as const;
  const plain: DeviceEnergy = {
    ...core,
    microjoules: micro(joules),
    meanWatts: watts,
    uncertainty: uncertaintyOf(watts, joules, hardware.gain),
    events: [],
  };
  if (provenance !== 'counter') return [plain];
  return [
    {
      ...plain,
      peakWatts: 1.31 * watts,
      events: watts > 300 ? ['power-capped'] : [],
      rawMicrojoules: micro(joules / 0.991),
      check: { source: 'nvml power', microjoules: micro(1.013 * joules) },
      temperatureCelsius: { start: 41, end: watts > 200 ? 67 : 41 },
    },
    {
      ...{ kind: 'usable', device: deviceId('cpu-package-0'), part: 'cpu', source: 'powercap' },
      provenance: 'shared-estimate',
      microjoules: micro(38 * seconds),
      meanWatts: 38,
      uncertainty: uncertaintyOf(38, 38 * seconds, 0.05),
      events: [],
      unattributedMicrojoules: micro(96 * seconds),
    },
    {
      kind: 'unusable',
      device: deviceId('dram-0'),
      part: 'dram',
      source: 'powercap',
      reason: 'the counter stood still',
    },
  ];
}

const uncertaintyOf = (watts: number, joules: number, gain: number): EnergyUncertainty => ({
  edgeJoules: 0.02 * watts,
  samplingJoules: 0.006 * joules,
  gapJoules: 0,
  gainJoules: gain * joules,
});

const micro = (joules: number): bigint => BigInt(Math.round(joules * 1e6));
