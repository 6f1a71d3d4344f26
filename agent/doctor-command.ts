/** `ecopt doctor`: what this machine offers, how well its energy will be known, and whether a trial could run here. */

import { existsSync } from 'node:fs';

import type { SensorReport } from '../shared/domain/hardware.js';
import { interruptedStatus } from '../shared/runtime/interruptions.js';
import { EXIT, say, textOptions, type AgentContext } from './agent-context.js';
import { calibrationFolder } from './calibration-folder.js';
import { clockFacts, clockFaults, watchDrift } from './doctor-clock.js';
import { selfTest, type DeviceTest, type SelfTest } from './doctor-self-test.js';
import { examinationText, type Examination } from './doctor-text.js';
import { deviceEnergyJson } from './energy-json.js';
import { machineFlags, type RawMachineFlags } from './machine-flags.js';
import { wallMeterFault } from './measure-choice.js';
import { acceleratorsOf } from './measure-run.js';
import { openMachine, SYSFS_VARIABLE, type OpenedMachine } from './open-machine.js';

export interface DoctorFlags extends RawMachineFlags {
  readonly json?: boolean;
  readonly quick?: boolean;
  readonly state?: string;
}

/** @returns The exit status: 0 if trials can run here and their energy will be known. */
export async function doctorCommand(flags: DoctorFlags, context: AgentContext): Promise<number> {
  const chosen = machineFlags(flags);
  const use = { takeLocks: false, calibrationFolder: calibrationFolder(context, flags.state) };
  const opened = await openMachine(chosen, context, use);
  try {
    const examined = await examine(opened, context, flags.quick === true);
    const wallFault = wallMeterFault(examined.machine.sensors, chosen);
    const found = {
      ...examined,
      faults: [...examined.faults, ...(wallFault === undefined ? [] : [`the wall meter: ${wallFault}`])],
    };
    if (context.interrupted.aborted) return interruptedStatus(context.interrupted);
    if (flags.json) say(context, JSON.stringify(examinationJson(found)));
    else {
      for (const line of examinationText(found, textOptions(context))) say(context, line);
      for (const fault of found.faults) say(context, `Not ready: ${fault}`);
      if (found.faults.length === 0) say(context, 'Ready: start it with ecopt agent --coordinator HOST:PORT');
    }
    return found.faults.length === 0 ? EXIT.done : EXIT.failed;
  } finally {
    await opened.close();
  }
}

async function examine(opened: OpenedMachine, context: AgentContext, isQuick: boolean): Promise<Examination> {
  const { clock, environment, interrupted } = context;
  const { meter } = opened.host;
  const facts = clockFacts({
    clock,
    sysfsRoot: environment[SYSFS_VARIABLE] || '/sys',
    procRoot: '/proc',
    runRoot: '/run',
  });
  const drift = watchDrift(clock);
  const tested = isQuick ? undefined : await selfTest(meter, clock, interrupted);
  const devices = acceleratorsOf(meter);
  const [sensors, conditions, strangers] = await Promise.all([
    meter.currentSensors(),
    meter.conditions(meter.devices.map(({ id }) => id)),
    Promise.all(devices.map(async (device) => ({ device, others: await meter.strangers([device]) }))),
  ]);
  const machine = { ...opened.machine, sensors };
  return {
    ...{ machine, conditions, strangers, clock: facts },
    ...(tested && { selfTest: tested, drift: drift() }),
    hints: persistenceHints(sensors),
    faults: [
      ...(machine.slots.length > 0 ? [] : ['no slot: no workload can run here']),
      ...(sensors.some(({ available }) => available) ? [] : ['no sensor: energy will be unknown']),
    ],
  };
}

/** The machine as an agent describes it, and beside it what the doctor adds. */
function examinationJson(found: Examination): object {
  const { machine, conditions, strangers, clock, drift, hints, faults } = found;
  return {
    ...machine,
    conditions: conditions.map(({ atNanoseconds: _at, ...condition }) => condition),
    strangers,
    clock: { ...clock, ...(drift && { drift }), faults: clockFaults(clock, drift) },
    ...(found.selfTest && { selfTest: selfTestJson(found.selfTest) }),
    hints,
    faults,
  };
}

/** Where `nvidia-persistenced` listens, which keeps the driver loaded. */
const PERSISTENCE_SOCKET = '/run/nvidia-persistenced/socket';

/** A counter lives as long as its driver is loaded. */
function persistenceHints(sensors: readonly SensorReport[]): string[] {
  const counts = sensors.some(({ source, provenance }) => source === 'nvml' && provenance === 'counter');
  if (!counts || existsSync(PERSISTENCE_SOCKET)) return [];
  return [
    'nvidia-persistenced is not seen here. Without persistence the NVIDIA driver is unloaded when nobody uses a GPU, and its energy counter starts again: `sudo nvidia-smi -pm 1`.',
  ];
}

const selfTestJson = ({ seconds, devices }: SelfTest): object => ({
  seconds,
  devices: devices.map(({ energy, ...test }: DeviceTest) => ({ ...test, energy: deviceEnergyJson(energy) })),
});
