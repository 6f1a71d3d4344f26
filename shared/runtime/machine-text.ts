/** Which machine and sensors were found and how energy will be known, as lines for a terminal; the same on both sides. */

import type { Device, MachineDescription, SensorQuality, SensorReport, Slot } from '../domain/hardware.js';
import { isMeasured, PARTS, PROVENANCES, type Part, type Provenance } from '../domain/measurement.js';
import { formatQuantity } from '../domain/quantity.js';
import { entryLines, titleLine, type Entry, type TextOptions, type Tone } from './entry-text.js';

/** What each provenance means, in words that follow "energy is". */
export const PROVENANCE_MEANING: Readonly<Record<Provenance, string>> = {
  counter: 'read from an energy counter',
  integrated: 'summed up from power readings',
  'shared-estimate': 'a share of a sensor, estimated by processor time',
  model: 'modelled, not measured',
  simulated: 'simulated, not measured',
};

/** A compact block: machine, devices, how the energy of each part will be known, sensors missing, backend, slots. */
export function renderMachine(machine: MachineDescription, options: TextOptions): string[] {
  const entries = [
    ...deviceEntries(machine),
    ...energyEntries(machine),
    ...missingEntries(machine),
    ...backendEntries(machine),
    ...slotEntries(machine),
  ];
  const title = titleLine(machine.hostName, `  ${machineFacts(machine)}`, options);
  return [title, ...entries.flatMap((entry) => entryLines(entry, { ...options, labelWidth: LABEL_WIDTH }))];
}

/** One line on a machine: its CPU, its GPUs and how their energy will be known. */
export function machineSummary(machine: MachineDescription): string {
  const gpus = counted(machine.devices.filter(({ kind }) => kind === 'gpu').map(({ product }) => product));
  const known = energyByPart(machine).map(([part, { provenance }]) => `${part} by ${provenance ?? 'unknown'}`);
  return [
    [machine.cpuModel, ...gpus].join(' + '),
    known.length > 0 ? `energy of ${known.join(', ')}` : 'energy unknown: no sensor',
  ].join('; ');
}

const LABEL_WIDTH = 10;

/** Processor, memory and system in one line. */
export const machineFacts = ({ cpuModel, cores, memoryBytes, operatingSystem }: MachineDescription): string =>
  `${cpuModel}, ${cores} ${cores === 1 ? 'core' : 'cores'}, ${formatQuantity(memoryBytes, 'B')} memory, ${operatingSystem}`;

function deviceEntries({ devices }: MachineDescription): Entry[] {
  const shown = devices.filter(({ kind }) => kind === 'gpu' || kind === 'cpu-package');
  const gpus = shown.filter(({ kind }) => kind === 'gpu');
  const none: Entry[] = gpus.length === 0 ? [{ label: 'GPU', text: 'none found', tone: 'plain' }] : [];
  return [...none, ...gpus.map((device): Entry => ({ label: 'GPU', text: deviceText(device), tone: 'plain' }))];
}

/** Product, memory, power limit and id of a device. */
export function deviceText({ id, product, memoryBytes, powerLimitWatts, simulated }: Device): string {
  const facts = [
    memoryBytes === undefined ? '' : formatQuantity(memoryBytes, 'B'),
    powerLimitWatts === undefined ? '' : `limit ${formatQuantity(powerLimitWatts, 'W')}`,
    simulated === undefined ? '' : `simulated after ${simulated}`,
  ].filter((fact) => fact !== '');
  return `${product}${facts.length > 0 ? ` (${facts.join(', ')})` : ''} ${id}`;
}

function energyEntries(machine: MachineDescription): Entry[] {
  const known = energyByPart(machine);
  if (known.length === 0) {
    return [{ label: 'Energy', text: 'unknown: no sensor of this machine can be read', tone: 'caution' }];
  }
  return known.map(([part, sensor]) => ({ label: 'Energy', text: sensorText(part, sensor), tone: toneOf(sensor) }));
}

function sensorText(part: Part, { provenance, source, detail, quality }: SensorReport): string {
  const how = provenance === undefined ? 'of unknown origin' : PROVENANCE_MEANING[provenance];
  const known = quality === undefined ? '' : `; ${updatesText(quality)}; expected ${expectationText(quality)}`;
  return `${part} is ${how} (${provenance ?? 'unknown'}, ${source}): ${detail}${known}`;
}

/** How often a sensor updates and how much of the time it looks, such as `updates every 100 ms, looks 25 % of the time (assumed)`. */
export const updatesText = ({ updateMilliseconds, coverage, coverageBasis }: SensorQuality): string =>
  `updates every ${Number(updateMilliseconds.toPrecision(3))} ms, looks ${percentText(coverage)} of the time (${coverageBasis})`;

/** Standard uncertainty to expect of windows of some lengths, such as `± 1.2 % in 1 s, ± 0.3 % in 5 s, and ± 3 % gain`. */
export function expectationText({ expected }: SensorQuality): string {
  const random = expected.map(({ seconds, random }) => `± ${percentText(random)} in ${seconds} s`);
  const gain = expected[0]?.gain;
  return [...random, ...(gain === undefined ? [] : [`and ± ${percentText(gain)} gain, common to all windows`])].join(
    ', ',
  );
}

/** A share in percent with two significant digits. */
export const percentText = (share: number): string =>
  Number.isFinite(share) ? `${Number((100 * share).toPrecision(2))} %` : 'unknown';

const toneOf = ({ provenance }: SensorReport): Tone =>
  provenance !== undefined && isMeasured(provenance) ? 'good' : 'caution';

/** For each part that is known, its worst source: that is what a sum over the part's devices will be labelled with. */
function energyByPart({ sensors }: MachineDescription): [Part, SensorReport][] {
  return PARTS.flatMap((part): [Part, SensorReport][] => {
    const devices = new Set(sensors.filter((sensor) => sensor.part === part).map(({ device }) => device));
    const best = [...devices].flatMap((device) => bestSensor(sensors, part, device) ?? []);
    const worst = best.sort((a, b) => rank(a) - rank(b))[0];
    return worst ? [[part, worst]] : [];
  });
}

function bestSensor(sensors: readonly SensorReport[], part: Part, device: string): SensorReport | undefined {
  const available = sensors.filter((sensor) => sensor.available && sensor.part === part && sensor.device === device);
  return available.sort((a, b) => rank(b) - rank(a))[0];
}

const rank = ({ provenance }: SensorReport): number =>
  provenance === undefined ? -1 : PROVENANCES.indexOf(provenance);

function missingEntries({ sensors }: MachineDescription): Entry[] {
  const texts = sensors.filter(({ available }) => !available).map(({ source, detail }) => `${source}: ${detail}`);
  return [...new Set(texts)].map((text) => ({ label: 'Missing', text, tone: 'plain' }));
}

/** What runs trials here, and which trials. */
export function backendEntries({ backend, allowedWorkloads }: MachineDescription): Entry[] {
  const built: Entry = { label: 'Backend', text: `${backend.name}: ${backend.reason}`, tone: 'plain' };
  const advice: Entry[] =
    backend.gpuAdvice === undefined ? [] : [{ label: 'GPU unused', text: backend.gpuAdvice, tone: 'caution' }];
  const accepts = allowedWorkloads.length > 0 ? allowedWorkloads.join(', ') : 'nothing';
  return [built, ...advice, { label: 'Accepts', text: `${accepts} workloads`, tone: 'plain' }];
}

/** What can run beside each other, equal slots once with their number. */
export function slotEntries({ slots }: MachineDescription): Entry[] {
  const classes = slots.map(({ classes: { builtin, command } }: Slot) =>
    [...new Set([builtin, command].filter((name) => name !== undefined))].join(' or '),
  );
  return counted(classes).map((text) => ({ label: 'Slot', text, tone: 'plain' }));
}

/** Equal texts once, with their number in front where there are several. */
function counted(texts: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  return [...counts].map(([text, count]) => (count > 1 ? `${count} × ${text}` : text));
}
