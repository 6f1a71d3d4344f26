/** Which NVIDIA GPUs the agent's own `CUDA_VISIBLE_DEVICES` leaves it, read as CUDA reads it. */

import { UsageError } from '../../shared/domain/errors.js';
import type { DeviceId } from '../../shared/domain/identity.js';
import type { ProbedDevice } from './energy-source.js';

/** The two environment variables as the agent found them; absent: not set. */
export interface CudaEnvironment {
  /** `CUDA_VISIBLE_DEVICES`. */
  readonly devices?: string;
  /** `CUDA_DEVICE_ORDER`. */
  readonly order?: string;
}

export interface VisibleDevices {
  /** All that is not hidden, other makes of device included; a GPU chosen by a MIG instance says so in its detail. */
  readonly visible: readonly ProbedDevice[];
  readonly hidden: readonly ProbedDevice[];
}

/**
 * Parts the NVIDIA GPUs into those that CUDA programs may use and the others.
 *
 * Numbers count as CUDA counts them: by PCI address with `CUDA_DEVICE_ORDER=PCI_BUS_ID`, else fastest first, which is the
 * same where all cards are alike. The list ends at `-1` or `NoDevFiles`. A MIG instance stands for its whole GPU.
 *
 * CUDA itself drops what follows a name that fits nothing, and is silent; here that is a fault.
 *
 * @throws {UsageError} if an entry fits no GPU or several, names one twice, or is a number whose meaning depends on the order.
 */
export function visibleDevices(found: readonly ProbedDevice[], environment: CudaEnvironment): VisibleDevices {
  const cards = found.filter(isNvidia);
  if (environment.devices === undefined || cards.length === 0) return { visible: found, hidden: [] };
  const chosen = new Map<DeviceId, string>();
  for (const name of namesIn(environment.devices)) {
    const { device } = cardOf(name, cards, environment);
    const earlier = chosen.get(device.id);
    if (earlier !== undefined && !(isMig(name) && isMig(earlier) && !sameName(name, earlier))) {
      throw fault(environment, `${name} and ${earlier} are one GPU; name each once`);
    }
    chosen.set(device.id, earlier === undefined ? name : `${earlier}, ${name}`);
  }
  const isVisible = (one: ProbedDevice): boolean => !isNvidia(one) || chosen.has(one.device.id);
  return {
    visible: found.filter(isVisible).map((one) => withInstance(one, chosen.get(one.device.id))),
    hidden: found.filter((one) => !isVisible(one)),
  };
}

/** Sentence for a GPU that is not offered. */
export const hiddenBy = ({ devices = '' }: CudaEnvironment): string =>
  `hidden by CUDA_VISIBLE_DEVICES=${devices} in the agent's environment.`;

const isNvidia = ({ source }: ProbedDevice): boolean => source === 'nvml';
const isMig = (name: string): boolean => /^MIG-/i.test(name);

const sameName = (one: string, others: string): boolean =>
  others.split(', ').some((other) => other.toLowerCase() === one.toLowerCase());

/** What comes after `-1`, or any number below 0, is not read. */
function namesIn(devices: string): readonly string[] {
  if (devices.trim() === '') return [];
  const names = devices.split(',').map((name) => name.trim());
  const end = names.findIndex((name) => /^-\d+$/.test(name) || name === 'NoDevFiles');
  return end < 0 ? names : names.slice(0, end);
}

function cardOf(name: string, cards: readonly ProbedDevice[], environment: CudaEnvironment): ProbedDevice {
  const fitting = /^\d+$/.test(name) ? byNumber(Number(name), cards, environment) : byUuid(name, cards);
  const [card] = fitting;
  if (card !== undefined && fitting.length === 1) return card;
  const known = cards.map(({ device, cuda }) => (cuda ? `${cuda.number} = ${device.id}` : device.id)).join(', ');
  const what = fitting.length === 0 ? 'fits no GPU that can be metered' : 'fits several GPUs';
  throw fault(environment, `${name === '' ? 'an empty entry' : name} ${what}; there are: ${known}`);
}

function byNumber(
  number: number,
  cards: readonly ProbedDevice[],
  environment: CudaEnvironment,
): readonly ProbedDevice[] {
  const isByAddress = environment.order?.trim() === 'PCI_BUS_ID';
  if (cards.some(({ cuda }) => cuda === undefined)) {
    throw fault(environment, `a GPU of this machine cannot be opened, so that ${number} is not certain; give UUIDs`);
  }
  if (!isByAddress && cards.some(({ cuda }) => cuda?.isSameInAnyOrder === false)) {
    throw fault(
      environment,
      `CUDA numbers the different GPUs of this machine by their speed, so that ${number} is not certain; give UUIDs, or set CUDA_DEVICE_ORDER=PCI_BUS_ID`,
    );
  }
  return cards.filter(({ cuda }) => cuda?.number === number);
}

/** The beginning of one UUID is enough; `MIG-GPU-<uuid>/<instance>/<instance>` is how older drivers name an instance. */
function byUuid(name: string, cards: readonly ProbedDevice[]): readonly ProbedDevice[] {
  const wanted = /^MIG-(GPU-[^/]+)\//i.exec(name)?.[1] ?? name;
  const names = ({ device, aliases }: ProbedDevice): readonly string[] =>
    [device.id, ...aliases.filter(isMig)].map((one) => one.toLowerCase());
  const exact = cards.filter((card) => names(card).includes(wanted.toLowerCase()));
  if (exact.length > 0 || !/^(GPU|MIG)-./i.test(wanted)) return exact;
  return cards.filter((card) => names(card).some((one) => one.startsWith(wanted.toLowerCase())));
}

function withInstance(one: ProbedDevice, name: string | undefined): ProbedDevice {
  if (name === undefined || !isMig(name)) return one;
  return { ...one, detail: `${one.detail}; held as a whole for ${name} of CUDA_VISIBLE_DEVICES` };
}

const fault = ({ devices = '' }: CudaEnvironment, what: string): UsageError =>
  new UsageError(`CUDA_VISIBLE_DEVICES=${devices}: ${what}`);
