/** `ecopt doctor` as a user runs it: what it says of sensors and clock, and that it gets in nobody's way. */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';

import { temporaryFolder } from '../agent/temporary-folder.js';
import { startEcopt } from '../support/ecopt-process.js';
import { cCompiler, compileFakeNvml, startFakeNvml, type NvmlScenario } from '../support/fake-nvml.js';
import { finishedEcopt } from '../support/finished-ecopt.js';

const GPU = 'GPU-bbbbbbbb-0000-4000-8000-000000000001';
const card: NvmlScenario = {
  ...{ driver: '570.86', nvml: '12.570', cuda: 12080, count: 1, 'gpu0.uuid': GPU, 'gpu0.name': 'NVIDIA L4' },
  ...{ 'gpu0.pci': '00000000:1A:00.0', 'gpu0.architecture': 8, 'gpu0.limit': 72_000 },
  ...{ 'gpu0.temperature': 44, 'gpu0.clock': 2040, 'gpu0.reasons': 0, 'gpu0.processes': 'none' },
  ...{ 'gpu0.energy': 5_000_000, 'gpu0.energy.watts': 50, 'gpu0.energy.period_ms': 100, 'gpu0.field186': 50_500 },
};

test('on a machine without a sensor it says what is modelled, what is missing and what was not tested', async () => {
  const environment = { ECOPT_SYSFS_ROOT: temporaryFolder(), CUDA_VISIBLE_DEVICES: '' };
  const { status, stdout } = await finishedEcopt(['doctor'], { environment });
  expect(status).toBe(0);
  expect(stdout).toMatch(/Sensors\n {2}cpu .*\n {14}model \(cpu-model\), modelled, not measured/);
  expect(stdout).toMatch(/Not available\n[^]*powercap: /);
  expect(stdout).toMatch(/Clock\n {2}monotonic .* ns to read\n[^]* {2}wall {8}.*\n[^]* over 5\.\d s/);
  expect(stdout).toMatch(/Self-test of 5\.\d s\n {2}cpu {9}not compared: its energy is not measured/);
  expect(stdout).toContain('Ready: start it with ecopt agent');
});

test('--quick leaves the self-test out', async () => {
  const { stdout } = await finishedEcopt(['doctor', '--quick', '--json']);
  const report = JSON.parse(stdout) as Readonly<Record<string, unknown>>;
  expect(report).toMatchObject({ faults: [], clock: { faults: expect.any(Array) as unknown } });
  expect(report).not.toHaveProperty('selfTest');
});

test('a reader that goes after the first line is no fault', () => {
  const program = 'node dist/ecopt.js doctor --quick | head -1; echo "${PIPESTATUS[0]}"';
  const environment = { ...process.env, NO_COLOR: '1', ECOPT_SYSFS_ROOT: temporaryFolder(), CUDA_VISIBLE_DEVICES: '' };
  const { stdout, stderr } = spawnSync('bash', ['-c', program], { env: environment, encoding: 'utf8' });
  expect([stdout.trim().split('\n').at(-1), stderr]).toEqual(['0', '']);
});

test('is not ready where the wall meter that it was given does not work', async () => {
  const { status, stdout } = await finishedEcopt(['doctor', '--quick', '--wall-meter', 'exit 7']);
  expect(status).toBe(1);
  expect(stdout).toMatch(/Not ready: the wall meter: no figure from the operator’s command: .*status 7/);
  expect(stdout).not.toContain('Ready:');
});

describe('with an NVIDIA GPU', () => {
  const compiler = cCompiler();
  let compiled: string;

  beforeAll(() => {
    if (compiler !== undefined) compiled = compileFakeNvml(compiler);
  });
  beforeEach(({ skip }) => skip(compiler === undefined, 'no C compiler'));

  const withCard = (more: NvmlScenario = {}): Readonly<Record<string, string>> => {
    const fake = startFakeNvml(compiled, { ...card, ...more });
    onTestFinished(() => fake[Symbol.dispose]());
    return { ECOPT_NVML_LIBRARY: fake.library };
  };

  test('--json has the sensor’s ways, its state, the clock, and both readings of the self-test', async () => {
    const { status, stdout } = await finishedEcopt(['doctor', '--json'], { environment: withCard() });
    expect(status).toBe(0);
    const report = JSON.parse(stdout) as {
      readonly sensors: readonly {
        readonly device: string;
        readonly quality?: { readonly updateMilliseconds: number };
      }[];
      readonly selfTest: { readonly seconds: number; readonly devices: readonly { readonly device: string }[] };
    };
    expect(report).toMatchObject({
      conditions: [{ device: GPU, temperatureCelsius: 44, clockMegahertz: 2040, throttled: [] }],
      strangers: [{ device: GPU, others: { kind: 'none' } }],
      clock: { resolutionNanoseconds: expect.any(Number) as number, drift: { seconds: expect.any(Number) as number } },
      versions: { 'NVIDIA driver': '570.86' },
    });
    expect(report.sensors.find(({ device }) => device === GPU)?.quality?.updateMilliseconds).toBeCloseTo(100, -1);
    const tested = report.selfTest.devices.find(({ device }) => device === GPU);
    expect(tested).toMatchObject({ comparison: { kind: 'compared' }, addsUp: true, energy: { kind: 'usable' } });
    expect(Math.abs((tested as unknown as { comparison: { difference: number } }).comparison.difference)).toBeLessThan(
      0.05,
    );
  });

  test('it works beside an agent that holds the devices, and so does measure', async () => {
    const environment = withCard();
    const state = mkdtempSync(join(tmpdir(), 'ecopt-doctor-'));
    onTestFinished(() => rmSync(state, { recursive: true, force: true }));
    const flags = ['agent', '--devices', GPU, '--coordinator', '127.0.0.1:9', '--state', state, '--allow-command'];
    await using agent = startEcopt(flags, { environment });
    await agent.line((line) => line.includes('coordinator not reached'));
    await using second = startEcopt([...flags, '--name', 'second'], { environment });
    expect((await second.exited).code).toBe(1);
    expect(second.errors()).toMatch(new RegExp(`device ${GPU} is held by process ${agent.pid}`));
    const doctor = await finishedEcopt(['doctor', '--quick', '--devices', GPU], { environment });
    expect(doctor).toMatchObject({ status: 0, stderr: '' });
    expect(doctor.stdout).toContain('counter (nvml), read from an energy counter');
    const measured = await finishedEcopt(['measure', '--devices', GPU, '--', 'sleep', '1'], { environment });
    expect(measured.stderr).toMatch(/accelerator .* J {2}NVIDIA L4/);
  });
});
