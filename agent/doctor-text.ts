/** What `ecopt doctor` found, for people: every sensor and how well it knows, the clock, the self-test, and what can run. */

import type { MachineDescription, SensorReport } from '../shared/domain/hardware.js';
import type { DeviceId } from '../shared/domain/identity.js';
import { isMeasured, PARTS } from '../shared/domain/measurement.js';
import { formatDuration, formatQuantity } from '../shared/domain/quantity.js';
import { entryLines, titleLine, type Entry, type TextOptions } from '../shared/runtime/entry-text.js';
import {
  backendEntries,
  deviceText,
  expectationText,
  machineFacts,
  percentText,
  PROVENANCE_MEANING,
  slotEntries,
  updatesText,
} from '../shared/runtime/machine-text.js';
import { clockFaults, type ClockDrift, type ClockFacts } from './doctor-clock.js';
import { contradicts, type DeviceTest, type SelfTest } from './doctor-self-test.js';
import { joulesOf } from './energy-json.js';
import type { DeviceCondition, ThrottleReason } from './meter/energy-source.js';
import type { Strangers } from './meter/meter.js';

/** Everything that the doctor found. */
export interface Examination {
  /** With the sensors as they are known after the self-test. */
  readonly machine: MachineDescription;
  readonly conditions: readonly DeviceCondition[];
  /** Other processes on each accelerator. */
  readonly strangers: readonly { readonly device: DeviceId; readonly others: Strangers }[];
  readonly clock: ClockFacts;
  /** Absent with `--quick`. */
  readonly drift?: ClockDrift;
  readonly selfTest?: SelfTest;
  /** What would make figures better. */
  readonly hints: readonly string[];
  /** Why no trial could run here or its energy would be unknown; none: ready. */
  readonly faults: readonly string[];
}

/** Lines of at most the width of the terminal. */
export function examinationText(examination: Examination, options: TextOptions): string[] {
  const { machine } = examination;
  const missing = machine.sensors.filter(({ available }) => !available);
  return [
    titleLine(machine.hostName, `  ${machineFacts(machine)}`, options),
    ...section('Sensors', sensorEntries(examination), options),
    ...section('Not available', missing.map(missingEntry), options),
    ...section('Hints', examination.hints.map(hintEntry), options),
    ...section('Clock', clockEntries(examination), options),
    ...section(selfTestTitle(examination), selfTestEntries(examination), options),
    ...section('Trials', [...backendEntries(machine), ...slotEntries(machine), versionEntry(machine)], options),
    '',
  ];
}

const LABEL_WIDTH = Math.max(...PARTS.map(({ length }) => length));

function section(title: string, entries: readonly Entry[], options: TextOptions): string[] {
  if (entries.length === 0) return [];
  const lines = entries.flatMap((entry) => entryLines(entry, { ...options, labelWidth: LABEL_WIDTH }));
  return ['', titleLine(title, '', options), ...lines];
}

const versionEntry = ({ versions }: MachineDescription): Entry => ({
  label: 'Versions',
  text: Object.entries(versions)
    .map(([name, version]) => `${name} ${version}`)
    .join(', '),
});

const hintEntry = (text: string): Entry => ({ label: '', text });

const missingEntry = ({ source, part, detail }: SensorReport): Entry => ({
  label: part,
  text: `${source}: ${detail}`,
  tone: 'quiet',
});

function sensorEntries(examination: Examination): Entry[] {
  const found = examination.machine.sensors.filter(({ available }) => available);
  if (found.length === 0) return [{ label: 'none', text: 'no sensor of this machine can be read', tone: 'caution' }];
  const sorted = [...found].sort((a, b) => PARTS.indexOf(a.part) - PARTS.indexOf(b.part));
  return sorted.flatMap((sensor) => oneSensor(sensor, examination));
}

function oneSensor(sensor: SensorReport, { machine, conditions, strangers, selfTest }: Examination): Entry[] {
  const { part, device, source, provenance, detail, quality } = sensor;
  const known = machine.devices.find(({ id }) => id === device);
  const isSound = provenance !== undefined && isMeasured(provenance);
  const how = provenance === undefined ? 'of unknown origin' : PROVENANCE_MEANING[provenance];
  const condition = conditions.find((one) => one.device === device);
  const watts = selfTest?.devices.find((one) => one.device === device && one.part === part)?.meanWatts;
  return [
    { label: part, text: known ? deviceText(known) : device },
    line(`${provenance ?? 'unknown'} (${source}), ${how}: ${detail}`, isSound ? 'good' : 'caution'),
    ...(quality ? [line(updatesText(quality)), line(`expected ${expectationText(quality)}`)] : []),
    ...(isSound && !quality ? [line('how it updates is not known yet: that takes a minute of sampling')] : []),
    ...nowEntries(watts, condition),
    ...strangers.filter((one) => one.device === device).map(({ others }) => strangerEntry(others)),
  ];
}

const line = (text: string, tone: Entry['tone'] = 'plain'): Entry => ({ label: '', text, tone });

function nowEntries(watts: number | undefined, condition: DeviceCondition | undefined): Entry[] {
  const { temperatureCelsius: heat, clockMegahertz: clock, powerLimitWatts: limit, throttled } = condition ?? {};
  const facts = [
    watts === undefined ? '' : formatQuantity(watts, 'W'),
    heat === undefined ? '' : `${Math.round(heat)} °C`,
    clock === undefined ? '' : `${Math.round(clock)} MHz`,
    limit === undefined ? '' : `power limit ${formatQuantity(limit, 'W')}`,
    throttled?.length === 0 ? 'clocks not held down' : '',
  ].filter((fact) => fact !== '');
  const held = throttled?.length
    ? [line(`clocks are held down now by ${throttled.map((reason) => THROTTLES[reason]).join(', ')}`, 'caution')]
    : [];
  return [...(facts.length > 0 ? [line(`now ${facts.join(', ')}`)] : []), ...held];
}

const THROTTLES: Readonly<Record<ThrottleReason, string>> = {
  'power-cap': 'the power limit',
  thermal: 'heat',
  hardware: 'a hardware limit',
  'power-brake': 'the power brake',
};

function strangerEntry(others: Strangers): Entry {
  if (others.kind === 'none') return line('no other process uses it');
  if (others.kind === 'unknown') return line(`other processes: unknown, ${others.reason}`);
  const names = others.processes.map(({ pid, name }) => (name === undefined ? String(pid) : `${pid} (${name})`));
  return line(`in use by process ${names.join(', ')}`, 'caution');
}

function clockEntries({ clock, drift }: Examination): Entry[] {
  const { source = 'unknown source', resolutionNanoseconds, readNanoseconds, synchronised, synchronisedBy } = clock;
  const state = { yes: 'synchronised', no: 'not synchronised', unknown: 'synchronised: unknown' }[synchronised];
  const ran =
    drift &&
    `; ${Math.abs(drift.driftMilliseconds) < 1 ? 'within 1 ms of the monotonic clock' : `${drift.driftMilliseconds.toFixed(1)} ms ahead of the monotonic clock`} over ${formatDuration(drift.seconds)}`;
  const slept = clock.suspendedSeconds;
  return [
    {
      label: 'monotonic',
      text: `${source}, in steps of ${resolutionNanoseconds} ns, ${readNanoseconds} ns to read`,
    },
    { label: 'wall', text: `${state} (${synchronisedBy})${ran ?? ''}` },
    {
      label: 'suspended',
      text:
        slept === undefined
          ? 'unknown'
          : slept === 0
            ? 'never since the machine started'
            : `${formatDuration(slept)} since the machine started`,
    },
    ...clockFaults(clock, drift).map((text): Entry => ({ label: '', text, tone: 'caution' })),
  ];
}

const selfTestTitle = ({ selfTest }: Examination): string =>
  selfTest ? `Self-test of ${formatDuration(selfTest.seconds)}` : 'Self-test';

function selfTestEntries({ selfTest }: Examination): Entry[] {
  if (!selfTest) return [{ label: '', text: 'left out, as --quick says' }];
  if (selfTest.devices.length === 0)
    return [{ label: '', text: 'nothing to test: no sensor can be read', tone: 'caution' }];
  return selfTest.devices.flatMap(testEntries);
}

function testEntries(test: DeviceTest): Entry[] {
  const { part, energy, comparison, addsUp } = test;
  if (energy.kind === 'unusable') return [{ label: part, text: `failed: ${energy.reason}`, tone: 'caution' }];
  const sums =
    addsUp === undefined
      ? []
      : [
          addsUp
            ? line('its halves add up to the whole', 'good')
            : line('its halves do not add up to the whole', 'caution'),
        ];
  if (comparison.kind === 'untested') return [{ label: part, text: `not compared: ${comparison.reason}` }, ...sums];
  const own = joulesOf(energy.rawMicrojoules ?? energy.microjoules);
  const { source, microjoules } = energy.check ?? { source: 'unknown', microjoules: 0n };
  const apart = percentText(Math.abs(comparison.difference));
  const both = `${formatQuantity(own, 'J')} by ${energy.source}, ${formatQuantity(joulesOf(microjoules), 'J')} by ${source}: ${apart} apart`;
  const isWrong = contradicts(test);
  return [
    { label: part, text: both, tone: isWrong ? 'caution' : 'good' },
    ...(isWrong ? [line('one of the two is wrong; a wall meter and ecopt calibrate-meter tell which', 'caution')] : []),
    ...sums,
  ];
}
