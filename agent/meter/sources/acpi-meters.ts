/** What each of the firmware's power meters is about, by its label. */

import type { Part, WindowEvent } from '../../../shared/domain/measurement.js';

export interface AcpiMeter {
  /** Folder with `power1_average`. */
  readonly folder: string;
  /** `power1_oem_info`; empty when there is none. */
  readonly label: string;
  readonly isBattery: boolean;
  readonly intervalMilliseconds?: number;
}

export interface MeterUse {
  readonly name: string;
  readonly part: Part;
  readonly meter: AcpiMeter;
  /** What is in the figure, for people. */
  readonly covers: string;
  readonly marks?: readonly WindowEvent[];
  readonly includes?: readonly Part[];
}

export interface MeterChoice {
  readonly uses: readonly MeterUse[];
  /** Why meters that are there are not used. */
  readonly unclear?: string;
}

/**
 * Labels of NVIDIA Grace, by socket ("Grace CPU Superchip power telemetry" in NVIDIA's Grace Performance Tuning Guide):
 * `Grace` is the CPU with its DRAM and regulators, `CPU` and `SysIO` are rails within it, `Module` is all of the socket's
 * module, with the GPU where there is one.
 */
const GRACE_LABEL = /^(Module|Grace|CPU|SysIO) Power Socket (\d{1,3})$/i;

/** Each part of the machine at most once. */
export function chooseMeters(meters: readonly AcpiMeter[]): MeterChoice {
  const grace = meters.flatMap(graceMeter);
  const uses = [...new Set(grace.map(({ socket }) => socket))].flatMap((socket) =>
    socketUses(grace.filter((one) => one.socket === socket)),
  );
  const others = meters.filter((meter) => !meter.isBattery && !GRACE_LABEL.test(meter.label));
  if (others.length > 1) return { uses: graceOnly(uses), unclear: tooMany(others) };
  const [meter] = others;
  if (meter === undefined) return { uses };
  const whole: MeterUse = { name: 'acpi-meter', part: 'machine', meter, covers: 'what the firmware calls the machine' };
  return { uses: [...graceOnly(uses), whole] };
}

interface GraceMeter {
  readonly rail: string;
  readonly socket: string;
  readonly meter: AcpiMeter;
}

function graceMeter(meter: AcpiMeter): readonly GraceMeter[] {
  const [, rail, socket] = GRACE_LABEL.exec(meter.label) ?? [];
  return rail === undefined || socket === undefined ? [] : [{ rail: rail.toLowerCase(), socket, meter }];
}

/** The socket's total where there is one, else its rails, which do not overlap. */
function socketUses(meters: readonly GraceMeter[]): readonly MeterUse[] {
  return meters.flatMap(({ rail, socket, meter }): readonly MeterUse[] => {
    if (rail === 'module') return [moduleUse(socket, meter)];
    if (rail === 'grace') {
      const covers = 'CPU, DRAM and regulators';
      return [{ name: `cpu-package-${socket}`, part: 'cpu', meter, covers, includes: ['dram'] }];
    }
    if (meters.some((other) => other.rail === 'grace')) return [];
    const covers = rail === 'cpu' ? 'the CPU cores’ rail' : 'the rail of system and input/output';
    return [{ name: `cpu-package-${socket}-${rail}`, part: 'cpu', meter, covers }];
  });
}

const moduleUse = (socket: string, meter: AcpiMeter): MeterUse => ({
  name: `module-${socket}`,
  part: 'machine',
  meter,
  covers: 'the whole module, without fans, disks and network cards',
  marks: ['module-scope'],
});

/** Beside a meter of the machine, that of a module would count its part twice. */
const graceOnly = (uses: readonly MeterUse[]): readonly MeterUse[] => uses.filter(({ part }) => part === 'cpu');

function tooMany(meters: readonly AcpiMeter[]): string {
  const labels = meters.map(({ label }) => (label === '' ? 'without a name' : label)).join(', ');
  return `the firmware has ${meters.length} power meters (${labels}) and does not say which is the whole machine: none is used. Give a wall meter.`;
}
