/** Runs real programs through the runner with a meter whose figures are known: 10 W on one device, always. */

import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { DeviceCondition } from '../../../agent/meter/energy-source.js';
import type { Meter, MeteredTrial, Strangers } from '../../../agent/meter/meter.js';
import { runTrial, type RunningTrial } from '../../../agent/runner/run-trial.js';
import type { TrialHost, TrialListener } from '../../../agent/runner/trial-order.js';
import { CAMPAIGN_DEFAULTS } from '../../../shared/schema/campaign-defaults.js';
import type { CommandWorkload } from '../../../shared/domain/campaign.js';
import type { Grant } from '../../../shared/domain/conversation.js';
import type { AttemptEventBody } from '../../../shared/domain/event.js';
import {
  agentId,
  campaignId,
  deviceId,
  hardwareClassId,
  type DeviceId,
  leaseId,
  slotId,
  trialId,
} from '../../../shared/domain/identity.js';
import type { DeviceEnergy, Part, Provenance } from '../../../shared/domain/measurement.js';
import { systemClock, type Clock } from '../../../shared/runtime/clock.js';
import { createLog } from '../../../shared/runtime/log.js';
import { temporaryFolder } from '../temporary-folder.js';

export const WATTS = 10;

export interface SteadySetting {
  readonly provenance: Provenance;
  /** The device that is read; `accelerator` for one that trials hold. */
  readonly part: Part;
  readonly device: DeviceId;
  /** Mean power of a window in watts, by its start. */
  watts(startNanoseconds: bigint): number;
  tickSeconds(): number;
  conditions(): readonly DeviceCondition[];
  strangers(): Strangers;
  onAttach(trial: MeteredTrial): void;
}

const STEADY: SteadySetting = {
  provenance: 'model',
  part: 'cpu',
  device: deviceId('cpu'),
  watts: () => WATTS,
  tickSeconds: () => 0,
  conditions: () => [],
  strangers: () => ({ kind: 'none' }),
  onAttach: () => undefined,
};

/** A meter that reads {@link WATTS} whatever happens: a window of n nanoseconds holds n / 100 microjoules. */
export function steadyMeter(
  clock: Clock,
  options: Partial<SteadySetting> = {},
): Meter & { readonly open: () => number } {
  const setting = { ...STEADY, ...options };
  const { part, device, provenance } = setting;
  let open = 0;
  const none = { edgeJoules: 0, samplingJoules: 0, gapJoules: 0, gainJoules: 0 };
  const core = { device, part, source: 'steady', provenance };
  const microjoules = (start: bigint, end: bigint): bigint =>
    BigInt(Math.round((Number(end - start) / 1000) * setting.watts(start)));
  return {
    devices: [],
    sensors: [{ ...core, available: true, detail: 'always the same' }],
    open: () => open,
    attach(trial) {
      open += 1;
      setting.onAttach(trial);
      const begin = clock.monotonicNanoseconds();
      return {
        window: (start, end): Promise<readonly DeviceEnergy[]> =>
          Promise.resolve([
            {
              ...core,
              kind: 'usable',
              microjoules: microjoules(start, end),
              meanWatts: setting.watts(start),
              uncertainty: none,
              events: [],
            },
          ]),
        total: () => Promise.resolve([{ ...core, microjoules: microjoules(begin, clock.monotonicNanoseconds()) }]),
        tickSeconds: () => Promise.resolve(setting.tickSeconds()),
        close: () => Promise.resolve(void (open -= 1)),
      };
    },
    currentSensors: () => Promise.resolve([]),
    conditions: () => Promise.resolve(setting.conditions()),
    strangers: () => Promise.resolve(setting.strangers()),
    close: () => Promise.resolve(),
  };
}

export interface Trial extends RunningTrial {
  readonly folder: string;
  readonly events: readonly AttemptEventBody[];
  /** Resolves once the program has printed this text. */
  printed(text: string): Promise<void>;
  readonly openMeters: () => number;
}

export interface TrialSetting {
  /** JavaScript (CommonJS) of the program. */
  readonly program: string;
  readonly workload?: Partial<CommandWorkload>;
  readonly grant?: Partial<Grant>;
  readonly host?: Partial<TrialHost>;
}

/** Starts a node program as a `command` trial in a folder of its own. */
export function startTrial({ program, workload, grant, host }: TrialSetting): Trial {
  const home = temporaryFolder();
  const script = join(home, 'program.cjs');
  writeFileSync(script, program);
  const command: CommandWorkload = {
    kind: 'command',
    argv: [process.execPath, script],
    environment: {},
    metrics: {},
    workingFolder: home,
    ...workload,
  };
  const meter = steadyMeter(systemClock);
  const events: AttemptEventBody[] = [];
  const output = new Output();
  const listener: TrialListener = {
    log: createLog({ level: 'silent', format: 'json' }),
    onEvent: (body) => events.push(body),
    onProcess: () => undefined,
    onOutput: (chunk) => output.add(chunk),
  };
  const folder = join(home, 'trial');
  const order = { grant: { ...sampleGrant(command), ...grant }, agent: agentId('a'), devices: [], folder };
  const running = runTrial(order, { ...testHost(meter, home), ...host }, listener);
  return { ...running, folder, events, printed: (text) => output.contains(text), openMeters: meter.open };
}

const testHost = (meter: Meter, home: string): TrialHost => ({
  meter,
  clock: systemClock,
  provision: {
    environment: { PATH: process.env['PATH'] ?? '' },
    trainer: [process.execPath, join(home, 'program.cjs')],
    startFolder: home,
    dataSets: {},
    commands: { kind: 'any' },
  },
  temporaryFolder: tmpdir(),
  facts: { node: process.version },
});

export const sampleGrant = (workload: CommandWorkload): Grant => ({
  lease: leaseId('l-1'),
  trial: trialId('c-1'),
  attempt: 1,
  campaign: campaignId('c'),
  slot: slotId('cpu'),
  hardwareClass: hardwareClassId('CPU / command'),
  termSeconds: 15,
  configuration: { lr: 0.01, optimizer: 'adam' },
  seed: 7,
  workload,
  needs: { data: [], devices: 0, labels: {} },
  measurement: { ...CAMPAIGN_DEFAULTS.measurement, idleSeconds: 0, remeasure: 2 },
  limits: { attempts: 3 },
  sealedMetrics: [],
  requiredMetrics: [],
  secrets: [],
});

/** Output so far, and who waits for a part of it. */
class Output {
  #text = '';
  #waiting: { readonly text: string; resolve(): void }[] = [];

  add(chunk: Uint8Array): void {
    this.#text += Buffer.from(chunk).toString('utf8');
    for (const waiting of this.#waiting) if (this.#text.includes(waiting.text)) waiting.resolve();
  }

  contains(text: string): Promise<void> {
    if (this.#text.includes(text)) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ text, resolve }));
  }
}

/** A client of the trial protocol, to be put before a program's own lines. */
export const PROTOCOL_CLIENT = `
const net = require('node:net');
let seq = 0;
const socket = net.connect(process.env.ECOPT_TRIAL_SOCKET);
const say = (line) => socket.write(JSON.stringify(line) + '\\n');
const count = (line) => say({ seq: ++seq, ...line });
const now = () => String(process.hrtime.bigint());
say({ type: 'hello', protocol: 1, client: 'test' });
`;
