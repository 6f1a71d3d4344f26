/** Decides which of the found devices this agent holds, and takes their locks. */

import { EnvironmentError, UsageError } from '../../shared/domain/errors.js';
import { deviceId, type DeviceId } from '../../shared/domain/identity.js';
import type { DeviceLock } from './device-lock.js';
import type { ProbedDevice } from './energy-source.js';

/** All sensors of the host (packages, memory, model) go together, under this name. */
const HOST_LOCK = deviceId('cpu');

export interface HoldOptions {
  readonly lock: (device: DeviceId) => Promise<DeviceLock>;
  /** Ids, unique beginnings of UUIDs, PCI addresses, or `cpu`; absent: everything found. */
  readonly devices?: readonly string[];
}

export interface HeldDevices {
  readonly held: readonly ProbedDevice[];
  /** Host sensors that another agent holds: this one goes without. */
  readonly yielded: readonly ProbedDevice[];
  /** Process that holds the yielded ones, where known. */
  readonly yieldedTo?: number;
  release(): Promise<void>;
}

/**
 * Takes the locks of the wanted devices; all or none.
 *
 * The host's sensors are wanted when no devices are named or `cpu` is among them; otherwise they are taken if they are
 * free.
 *
 * @throws {UsageError} if a name fits no device or several.
 * @throws {EnvironmentError} if a wanted device is held by another process.
 */
export async function holdDevices(found: readonly ProbedDevice[], options: HoldOptions): Promise<HeldDevices> {
  const { devices, lock } = options;
  const wanted = devices === undefined ? found : found.filter((one) => devices.some((name) => picks(name, one, found)));
  for (const name of devices ?? []) requireOne(name, found);
  const host = found.filter(isHost);
  const mustHaveHost = wanted.some(isHost);
  const locks = await Promise.all(lockNames([...wanted, ...host]).map((name) => lock(name)));
  const release = async (): Promise<void> => {
    await Promise.all(locks.filter((one) => one.kind === 'held').map((one) => one.release()));
  };
  const taken = locks.filter((one) => one.kind === 'taken');
  const fatal = taken.filter(({ device }) => device !== HOST_LOCK || mustHaveHost);
  if (fatal.length > 0) {
    await release();
    throw new EnvironmentError(fatal.map(conflict).join('; ') + WAYS_OUT);
  }
  const hostTaken = taken.find(({ device }) => device === HOST_LOCK);
  const accelerators = wanted.filter((one) => !isHost(one));
  if (hostTaken === undefined) return { held: [...accelerators, ...host], yielded: [], release };
  const { holderPid } = hostTaken;
  return { held: accelerators, yielded: host, release, ...(holderPid !== undefined && { yieldedTo: holderPid }) };
}

const WAYS_OUT =
  '. Give this agent other devices with --devices, or start it with --simulate NAME; one host needs only one agent.';

const isHost = ({ part }: ProbedDevice): boolean => part !== 'accelerator';

const lockNames = (devices: readonly ProbedDevice[]): readonly DeviceId[] => [
  ...new Set(devices.map((one) => (isHost(one) ? HOST_LOCK : one.device.id))),
];

const conflict = ({ device, holderPid }: DeviceLock & { readonly kind: 'taken' }): string =>
  `${device === HOST_LOCK ? 'the processor of this machine' : `device ${device}`} is held by ${holderPid === undefined ? 'another process' : `process ${holderPid}`}`;

function picks(name: string, one: ProbedDevice, found: readonly ProbedDevice[]): boolean {
  if (name === HOST_LOCK && isHost(one)) return true;
  const { device, aliases } = one;
  if (device.id === name || aliases.some((alias) => alias.toLowerCase() === name.toLowerCase())) return true;
  if (found.some(({ device: { id } }) => id === name)) return false;
  return name.length >= 'GPU-'.length + 1 && device.id.startsWith(name);
}

function requireOne(name: string, found: readonly ProbedDevice[]): void {
  const fitting = found.filter((one) => picks(name, one, found));
  if (fitting.length === 1 || (name === HOST_LOCK && fitting.length > 0)) return;
  const known = [...found.filter((one) => !isHost(one)).map(({ device }) => device.id), HOST_LOCK].join(', ');
  const fault = fitting.length === 0 ? 'fits no device of this machine' : 'fits several devices';
  throw new UsageError(`--devices: ${name} ${fault}; there are: ${known}`);
}
