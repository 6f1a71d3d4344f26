/** Decides which of the found devices this agent holds, and takes their locks. */

import { EnvironmentError, UsageError } from '../../shared/domain/errors.js';
import { deviceId, type DeviceId } from '../../shared/domain/identity.js';
import type { DeviceLock } from './device-lock.js';
import type { ProbedDevice } from './energy-source.js';
import { hiddenBy, visibleDevices, type CudaEnvironment } from './visible-devices.js';

/** All sensors of the host (packages, memory, model) go together, under this name. */
const HOST_LOCK = deviceId('cpu');

export interface HoldOptions {
  readonly lock: (device: DeviceId) => Promise<DeviceLock>;
  /** Ids, unique beginnings of UUIDs, PCI addresses, or `cpu`; absent: everything found. */
  readonly devices?: readonly string[];
  /** The agent's own `CUDA_VISIBLE_DEVICES` and `CUDA_DEVICE_ORDER`: what they hide is not offered. */
  readonly visible?: CudaEnvironment;
}

export interface HeldDevices {
  readonly held: readonly ProbedDevice[];
  /** Found devices that this agent does without although no other has them, and why. */
  readonly leftOut: readonly { readonly probed: ProbedDevice; readonly reason: string }[];
  /** Host sensors that another agent holds: this one goes without. */
  readonly yielded: readonly ProbedDevice[];
  /** Process that holds the yielded ones, where known. */
  readonly yieldedTo?: number;
  release(): Promise<void>;
}

/**
 * Takes the locks of the wanted devices; all or none.
 *
 * The host's sensors are wanted when neither `--devices` nor `CUDA_VISIBLE_DEVICES` names some GPUs of several, or when
 * `cpu` is named; otherwise they are taken if they are free.
 *
 * @throws {UsageError} if a name fits no device, several, or a hidden one.
 * @throws {EnvironmentError} if a wanted device is held by another process.
 */
export async function holdDevices(found: readonly ProbedDevice[], options: HoldOptions): Promise<HeldDevices> {
  const choice = chooseDevices(found, options);
  const names = lockNames([...choice.accelerators, ...choice.host]);
  const locks = await Promise.all(names.map((name) => options.lock(name)));
  const release = async (): Promise<void> => {
    await Promise.all(locks.filter((one) => one.kind === 'held').map((one) => one.release()));
  };
  const taken = locks.filter((one) => one.kind === 'taken');
  const fatal = taken.filter(({ device }) => device !== HOST_LOCK || choice.mustHaveHost);
  if (fatal.length > 0) {
    await release();
    throw new EnvironmentError(fatal.map(conflict).join('; ') + WAYS_OUT);
  }
  const { accelerators, host, leftOut } = choice;
  const hostTaken = taken.find(({ device }) => device === HOST_LOCK);
  if (hostTaken === undefined) return { held: [...accelerators, ...host], yielded: [], leftOut, release };
  const { holderPid } = hostTaken;
  const yieldedTo = holderPid !== undefined && { yieldedTo: holderPid };
  return { held: accelerators, yielded: host, leftOut, release, ...yieldedTo };
}

interface Choice {
  readonly accelerators: readonly ProbedDevice[];
  readonly host: readonly ProbedDevice[];
  readonly mustHaveHost: boolean;
  readonly leftOut: HeldDevices['leftOut'];
}

function chooseDevices(found: readonly ProbedDevice[], { devices, visible: environment = {} }: HoldOptions): Choice {
  const { visible, hidden } = visibleDevices(found, environment);
  for (const name of devices ?? []) requireOne(name, { visible, hidden, environment });
  const wanted =
    devices === undefined ? visible : visible.filter((one) => devices.some((name) => picks(name, one, visible)));
  const accelerators = wanted.filter((one) => !isHost(one));
  const isSomeOfSeveral = devices === undefined && hidden.length > 0 && accelerators.length > 0;
  const counted = visible.filter(isHost).map((probed) => ({ probed, by: includedBy(probed, accelerators) }));
  return {
    accelerators,
    host: counted.filter(({ by }) => by === undefined).map(({ probed }) => probed),
    mustHaveHost: wanted.some(isHost) && !isSomeOfSeveral,
    leftOut: [
      ...hidden.map((probed) => ({ probed, reason: hiddenBy(environment) })),
      ...counted.flatMap(({ probed, by }) =>
        by === undefined ? [] : [{ probed, reason: `not read: the figure of ${by.device.id} has it in already.` }],
      ),
    ],
  };
}

/** A module's figure has its CPU and memory in: read beside it, they would be counted twice. */
const includedBy = ({ part }: ProbedDevice, accelerators: readonly ProbedDevice[]): ProbedDevice | undefined =>
  accelerators.find(({ includes }) => includes?.includes(part));

const WAYS_OUT =
  '. Wait for it to end, or stop it; an agent or a try can do with other devices (--devices) or with a simulated one (--simulate NAME).';

const isHost = ({ part }: ProbedDevice): boolean => part !== 'accelerator';

const lockNames = (devices: readonly ProbedDevice[]): readonly DeviceId[] => [
  ...new Set(devices.map((one) => (isHost(one) ? HOST_LOCK : one.device.id))),
];

function conflict({ device, holderPid, holderName }: DeviceLock & { readonly kind: 'taken' }): string {
  const what = device === HOST_LOCK ? 'the processor of this machine' : `device ${device}`;
  const who = holderPid === undefined ? 'another process' : `process ${holderPid}`;
  return `${what} is held by ${who}${holderName === undefined ? '' : ` (${holderName})`}`;
}

function picks(name: string, one: ProbedDevice, found: readonly ProbedDevice[]): boolean {
  if (name === HOST_LOCK && isHost(one)) return true;
  const { device, aliases } = one;
  if (device.id === name || aliases.some((alias) => alias.toLowerCase() === name.toLowerCase())) return true;
  if (found.some(({ device: { id } }) => id === name)) return false;
  return name.length >= 'GPU-'.length + 1 && device.id.startsWith(name);
}

interface Known {
  readonly visible: readonly ProbedDevice[];
  readonly hidden: readonly ProbedDevice[];
  readonly environment: CudaEnvironment;
}

function requireOne(name: string, { visible, hidden, environment }: Known): void {
  const fitting = visible.filter((one) => picks(name, one, visible));
  if (fitting.length === 1 || (name === HOST_LOCK && fitting.length > 0)) return;
  if (fitting.length === 0 && hidden.some((one) => picks(name, one, hidden))) {
    throw new UsageError(`--devices: ${name} is ${hiddenBy(environment)}`);
  }
  const known = [...visible.filter((one) => !isHost(one)).map(({ device }) => device.id), HOST_LOCK].join(', ');
  const fault = fitting.length === 0 ? 'fits no device of this machine' : 'fits several devices';
  throw new UsageError(`--devices: ${name} ${fault}; there are: ${known}`);
}
