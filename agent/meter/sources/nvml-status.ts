/** What NVML's return codes mean and what a person can do about them. */

/** Codes the sources act on; source: nvml.h 13.3. */
export const NVML_SUCCESS = 0;
const NVML_NOT_SUPPORTED = 3;
const NVML_NO_PERMISSION = 4;
export const NVML_INSUFFICIENT_SIZE = 7;
/** Ours: the library has no such function (NVML itself uses 13 for the same). */
export const NVML_FUNCTION_NOT_FOUND = 13;
const NVML_GPU_IS_LOST = 15;
const NVML_RESET_REQUIRED = 16;
const NVML_OPERATING_SYSTEM = 17;
export const NVML_NO_DATA = 21;
const NVML_NOT_READY = 27;
const NVML_DRIVER_NOT_LOADED = 9;
const NVML_LIBRARY_NOT_FOUND = 12;
/** Ours: a power of 0, which no card that answers has. */
export const NVML_ZERO_POWER = -1;

const MEANINGS: Readonly<Record<number, string>> = {
  [NVML_ZERO_POWER]: 'it shows a power of 0 mW, which no card has that is on',
  1: 'NVML is not initialised',
  2: 'invalid argument',
  3: 'not supported by this device or driver',
  4: 'no permission: run the agent as a user who may open /dev/nvidia*, or pass the devices into the container',
  6: 'not found',
  7: 'buffer too small',
  8: 'a power cable of the card is not connected: connect it',
  9: 'the NVIDIA kernel driver is not loaded: load it with `modprobe nvidia`, or install it',
  10: 'the driver did not answer in time',
  11: 'the kernel found an interrupt problem with the GPU: reboot, and move the card to another slot if it lasts',
  12: 'a library that NVML needs is missing: reinstall the NVIDIA driver',
  13: 'the installed driver is too old to have this function',
  15: 'the GPU has fallen off the bus: reboot the machine',
  16: 'the GPU needs a reset: `nvidia-smi --gpu-reset`',
  17: 'the operating system (a cgroup) blocks the device: give the container access to /dev/nvidia*',
  18: 'the driver library and the kernel module have different versions: reboot after the driver update',
  19: 'the GPU is in use by someone else',
  20: 'the driver has too little memory',
  21: 'no data',
  25: 'this driver takes another version of the call',
  27: 'the GPU is not ready yet',
  999: 'unknown error in the driver',
};

export const nvmlMeaning = (status: number): string => MEANINGS[status] ?? `NVML error ${status}`;

/** The GPU is gone until somebody acts. */
export const isLostStatus = (status: number): boolean => status === NVML_GPU_IS_LOST || status === NVML_RESET_REQUIRED;

/** This process may not use the device, and no program that it starts may. */
export const isBlockedStatus = (status: number): boolean =>
  status === NVML_NO_PERMISSION || status === NVML_OPERATING_SYSTEM;

/** Whether GPUs that this process might use may be there all the same: not without a driver, nor where they are blocked. */
export const mayHideGpus = (status: number): boolean =>
  status !== NVML_DRIVER_NOT_LOADED && status !== NVML_LIBRARY_NOT_FOUND && !isBlockedStatus(status);

/** What cards answer now and then when they are asked too fast, while they do know the figure. */
export const isGlitchStatus = (status: number): boolean =>
  status === NVML_NOT_SUPPORTED || status === NVML_NO_DATA || status === NVML_NOT_READY || status === NVML_ZERO_POWER;
