/** What NVML's return codes mean and what a person can do about them. */

/** Codes the sources act on; source: nvml.h 13.3. */
export const NVML_SUCCESS = 0;
/** Ours: the library has no such function (NVML itself uses 13 for the same). */
export const NVML_FUNCTION_NOT_FOUND = 13;

const MEANINGS: Readonly<Record<number, string>> = {
  1: 'NVML is not initialised',
  2: 'invalid argument',
  3: 'not supported by this device or driver',
  4: 'no permission: run the agent as a user who may open /dev/nvidia*, or pass the devices into the container',
  6: 'not found',
  7: 'buffer too small',
  9: 'the NVIDIA kernel driver is not loaded: load it with `modprobe nvidia`, or install it',
  10: 'the driver did not answer in time',
  12: 'a library that NVML needs is missing: reinstall the NVIDIA driver',
  13: 'the installed driver is too old to have this function',
  15: 'the GPU has fallen off the bus: reboot the machine',
  16: 'the GPU needs a reset: `nvidia-smi --gpu-reset`',
  17: 'the operating system (a cgroup) blocks the device: give the container access to /dev/nvidia*',
  18: 'the driver library and the kernel module have different versions: reboot after the driver update',
  21: 'no data',
  999: 'unknown error in the driver',
};

export const nvmlMeaning = (status: number): string => MEANINGS[status] ?? `NVML error ${status}`;
