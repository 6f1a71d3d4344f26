/** What to do about a GPU that this machine has and the agent cannot use. */

import type { BackendChoice, Device } from '../../shared/domain/hardware.js';
import type { PciGpu } from './pci-gpus.js';

export interface GpuAdviceOptions {
  readonly backend: BackendChoice;
  readonly backendUsesGpu: boolean;
  readonly devices: readonly Device[];
  readonly pciGpus: readonly PciGpu[];
}

/** One or two sentences, or `undefined` when there is no GPU or all is well. Simulated agents are not advised. */
export function gpuAdvice(options: GpuAdviceOptions): string | undefined {
  const { backend, backendUsesGpu, devices, pciGpus } = options;
  if (backendUsesGpu || devices.some(({ simulated }) => simulated !== undefined)) return undefined;
  const metered = devices.filter(({ kind }) => kind === 'gpu');
  if (metered.length > 0) return trainerAdvice(metered.map(({ product }) => product).join(', '), backend);
  const [first] = pciGpus;
  return first === undefined ? undefined : driverAdvice(first);
}

const trainerAdvice = (products: string, { name, gpuAdvice: known }: BackendChoice): string =>
  `${products}: built-in trainers run on the processor here (${name}). ${sentence(known ?? INSTALL_BACKEND)} Outside programs (workload kind \`command\`) can use it as it is: start the agent with --allow-command.`;

/** What a backend says of itself follows a colon elsewhere. */
const sentence = (text: string): string =>
  `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`;

const INSTALL_BACKEND =
  'To use it, install CUDA 11.2 and cuDNN 8.1 and then @tensorflow/tfjs-node-gpu with `npm install`.';

const driverAdvice = ({ vendor, address }: PciGpu): string =>
  vendor === 'NVIDIA'
    ? `an NVIDIA GPU is at ${address}, but its driver does not answer: install the NVIDIA driver (in a container: pass the GPU in with the NVIDIA container toolkit), then start the agent again.`
    : `an AMD GPU is at ${address}; the built-in trainers cannot use it and its energy is not metered.`;
