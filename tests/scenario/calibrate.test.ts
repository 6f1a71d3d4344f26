/** `ecopt calibrate-meter` as a user runs it: a made-up machine of files, whose card draws 4 % more than its sensor says. */

import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';

import { startEcopt } from '../support/ecopt-process.js';
import { cCompiler, compileFakeNvml, startFakeNvml } from '../support/fake-nvml.js';
import { temporaryFolder } from '../agent/temporary-folder.js';

const CARD = 'GPU-ca11b8';
const GAIN = 1.04;
const EFFICIENCY = 0.92;
/** Of the card, in watts: at rest, and more under full load. */
const CARD_WATTS = [70, 330] as const;
const PROCESSOR_WATTS = [40, 30] as const;
const REST_WATTS = 90;
const TICK_MILLISECONDS = 10;

const compiler = cCompiler();
let compiled = '';
beforeAll(() => {
  if (compiler !== undefined) compiled = compileFakeNvml(compiler);
});

interface MadeUpMachine {
  /** Prints the watts at the wall. */
  readonly wall: string;
  /** Holds the machine at `{level}` while it runs. */
  readonly load: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly calibrations: () => readonly string[];
}

/** Sensors follow the load at once; the test turns the crank. */
function madeUpMachine(): MadeUpMachine {
  const folder = temporaryFolder();
  const zone = join(folder, 'sys/class/powercap/intel-rapl:0');
  mkdirSync(zone, { recursive: true });
  writeFileSync(join(zone, 'name'), 'package-0\n');
  writeFileSync(join(zone, 'max_energy_range_uj'), '262143328850\n');
  const [level, wall] = [join(folder, 'level'), join(folder, 'wall')];
  writeFileSync(join(zone, 'energy_uj'), '0\n');
  const energy = openSync(join(zone, 'energy_uj'), 'r+');
  const nvml = startFakeNvml(compiled, {});
  let microjoules = 1_000_000;
  let lastAt = Date.now();
  const turn = (): void => {
    const load = loadNow(level);
    const now = Date.now();
    const [card, processor] = [CARD_WATTS, PROCESSOR_WATTS].map(([idle, more]) => idle + more * load) as [
      number,
      number,
    ];
    microjoules += processor * (now - lastAt) * 1000;
    lastAt = now;
    // In place, as the kernel has it: whoever holds the file open sees the new figure, and never a part of it.
    writeSync(energy, `${String(Math.round(microjoules)).padStart(15, '0')}\n`, 0);
    replace(wall, `${((card + processor + REST_WATTS) / EFFICIENCY).toFixed(2)} W\n`);
    nvml.set({
      driver: '580.1',
      count: 1,
      'gpu0.uuid': CARD,
      'gpu0.name': 'NVIDIA Made Up',
      'gpu0.power': Math.round((card / GAIN) * 1000),
    });
  };
  turn();
  const crank = setInterval(turn, TICK_MILLISECONDS);
  onTestFinished(() => {
    clearInterval(crank);
    closeSync(energy);
    nvml[Symbol.dispose]();
  });
  const state = join(folder, 'state');
  return {
    wall: `cat ${wall}`,
    load: `echo "$$ {level}" > ${level}; exec sleep 600`,
    environment: {
      ECOPT_NVML_LIBRARY: nvml.library,
      ECOPT_SYSFS_ROOT: join(folder, 'sys'),
      XDG_STATE_HOME: state,
    },
    calibrations: () =>
      existsSync(state)
        ? readdirSync(state, { recursive: true, encoding: 'utf8' }).filter((path) =>
            /\/calibration\/.*\.json$/.test(path),
          )
        : [],
  };
}

/** The load is over when its process is. */
function loadNow(file: string): number {
  if (!existsSync(file)) return 0;
  const [pid = '', level = '0'] = readFileSync(file, 'utf8').trim().split(' ');
  return existsSync(`/proc/${pid}`) ? Number(level) : 0;
}

function replace(path: string, content: string): void {
  writeFileSync(`${path}.new`, content);
  renameSync(`${path}.new`, path);
}

const QUICK = ['--levels', '3', '--seconds', '2', '--rest', '0.5', '--wall-period', '0.1', '--wall-accuracy', '0.5%'];

async function calibrate(machine: MadeUpMachine, ...flags: string[]) {
  await using ecopt = startEcopt(['calibrate-meter', '--wall-meter', machine.wall, ...QUICK, ...flags], machine);
  const { code } = await ecopt.exited;
  return { code, lines: [...ecopt.lines], errors: ecopt.errors() };
}

describe.skipIf(compiler === undefined)('a card whose sensor shows 4 % too little', () => {
  test('is found out, kept, and corrected from then on', { timeout: 120_000 }, async () => {
    const machine = madeUpMachine();
    const stated = ['--psu-efficiency', '0.92±0.005', '--load', machine.load, '--json'];
    const { code, lines, errors } = await calibrate(machine, ...stated);
    expect(errors).toBe('');
    expect(code).toBe(0);
    const { steps, devices } = JSON.parse(lines.at(-1)!);
    expect(steps).toHaveLength(6);
    expect(devices).toMatchObject([{ device: CARD, kind: 'fitted', applied: true, faults: [] }]);
    const { gain, uncertainty, driver } = devices[0].calibration;
    expect(Math.abs(gain - GAIN)).toBeLessThan(2 * uncertainty.gain);
    expect(uncertainty.gain).toBeLessThan(0.03);
    expect(driver).toBe('580.1');
    expect(machine.calibrations()).toEqual([expect.stringMatching(/\/GPU-ca11b8\.json$/)]);

    await using doctor = startEcopt(['doctor', '--quick', '--json'], machine);
    await doctor.exited;
    const { sensors } = JSON.parse(doctor.lines.find((line) => line.startsWith('{'))!);
    const card = sensors.find((sensor: { device: string }) => sensor.device === CARD);
    expect(card.detail).toMatch(/corrected by the calibration of \d{4}-\d\d-\d\d: gain 1\.0\d+ ± 0\.0\d+/);
  });

  test('is not corrected by what a power supply loses', { timeout: 120_000 }, async () => {
    const machine = madeUpMachine();
    const { code, lines } = await calibrate(machine, '--load', machine.load);
    const text = lines.join('\n');
    expect(text).toMatch(/↑ 100 % +384\.\d W +608\.\d W/);
    expect(text).toMatch(/not applied +the gain has the loss of the power supply in it/);
    expect(code).toBe(0);
    const [file = ''] = machine.calibrations();
    const kept = JSON.parse(readFileSync(join(machine.environment['XDG_STATE_HOME']!, file), 'utf8'));
    expect(kept).toMatchObject({ device: CARD, withheld: expect.stringMatching(/power supply/) });
  });

  test('a load that does nothing is refused, and nothing is kept', { timeout: 120_000 }, async () => {
    const machine = madeUpMachine();
    const { code, lines } = await calibrate(machine, '--load', 'sleep 600 # {level}');
    expect(lines.join('\n')).toMatch(/refused +its sensor moved only from/);
    expect(code).toBe(1);
    expect(machine.calibrations()).toEqual([]);
  });

  test('Ctrl-C ends the load, and nothing is kept', { timeout: 120_000 }, async () => {
    const machine = madeUpMachine();
    const flags = ['--wall-meter', machine.wall, ...QUICK, '--seconds', '600', '--levels', '3', '--load', machine.load];
    await using ecopt = startEcopt(['calibrate-meter', ...flags], machine);
    await ecopt.line((line) => line.includes('load'));
    ecopt.kill('SIGINT');
    expect(await ecopt.exited).toEqual({ code: 130, signal: null });
    expect(machine.calibrations()).toEqual([]);
  });
});

describe.skipIf(compiler === undefined)('wrong input is one clear line', () => {
  test.each([
    [['--wall-meter', 'echo none'], 1, /--wall-meter: no figure from the operator’s command: there is no number/],
    [['--wall-meter', 'exit 7'], 1, /status 7/],
    [['--wall-meter', 'http://127.0.0.1:9/x'], 2, /say with --wall-path where the figure is/],
    [['--wall-meter', 'echo 5', '--device', CARD], 2, /give --load/],
    [
      ['--wall-meter', 'echo 5', '--device', 'GPU-nobody'],
      2,
      /fits no device with a sensor; there are: GPU-ca11b8, cpu-package-0/,
    ],
    [
      ['--wall-meter', 'echo 5', '--load', 'exit 3 # {level}', '--seconds', '1', '--rest', '0'],
      1,
      /the load .* ended by itself, with status 3/,
    ],
    [[], 2, /--wall-meter/],
  ] as const)('%j', { timeout: 60_000 }, async (flags, status, why) => {
    await using ecopt = startEcopt(['calibrate-meter', ...flags], madeUpMachine());
    const { code } = await ecopt.exited;
    expect(ecopt.errors().trim().split('\n')).toEqual([expect.stringMatching(why)]);
    expect(code).toBe(status);
  });
});
