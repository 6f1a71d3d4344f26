/**
 * The trial protocol, version 1: JSON lines over a Unix socket in the trial's folder, one and the same for built-in
 * trainers and outside programs.
 *
 * The agent starts the program with `ECOPT_TRIAL_SOCKET` = path of the socket and `ECOPT_TRIAL_DIR` = the trial's
 * folder, which holds `trial.json` (see {@link trialFileSchema}). The program connects and sends `hello` first; it may
 * reconnect at any time and sends again, in order, what was not acknowledged. Each line of the program carries `seq`,
 * counting from 1 over the whole attempt; the agent answers `ack {seq}` once the line is durable, and ignores a `seq`
 * that it has seen. `repeat` is a question with an `id` of its own; asked again, it is answered alike. A program that
 * speaks nothing of this still works: the whole process is then one `train` window.
 */

import { z } from 'zod';

export const TRIAL_PROTOCOL_VERSION = 1;
export const TRIAL_SOCKET_VARIABLE = 'ECOPT_TRIAL_SOCKET';
export const TRIAL_FOLDER_VARIABLE = 'ECOPT_TRIAL_DIR';
export const TRIAL_FILE_NAME = 'trial.json';

/** Nanoseconds of CLOCK_MONOTONIC: a JSON number, or a decimal string where 2^53 is not enough. */
const monotonicNanoseconds = z.union([z.number().int().nonnegative(), z.string().regex(/^\d{1,19}$/)]).meta({
  words: 'nanoseconds of CLOCK_MONOTONIC, as a whole number or a decimal text',
});
const metric = z
  .union([z.number(), z.enum(['NaN', 'Infinity', '-Infinity'])])
  .meta({ words: 'a number, or one of the texts NaN, Infinity and -Infinity' });
const metrics = z.record(z.string().min(1), metric);

/** What a program may say. */
export const programLineSchema = z.discriminatedUnion('type', [
  /** First line of every connection. */
  z.strictObject({ type: z.literal('hello'), protocol: z.literal(TRIAL_PROTOCOL_VERSION), client: z.string() }),
  /** Progress. `fraction` of the whole trial in [0, 1]. Metrics with `role: test` in the campaign are sealed by the agent's side of the wire. */
  z.strictObject({
    type: z.literal('report'),
    seq: z.number().int().positive(),
    step: z.number().int().nonnegative(),
    fraction: z.number().min(0).max(1).optional(),
    metrics,
    monotonic_ns: monotonicNanoseconds.optional(),
  }),
  /** An edge of a window; the device must have been synchronised before `monotonic_ns` was read. `items` and `unit` come with `close`. */
  z.strictObject({
    type: z.literal('window'),
    seq: z.number().int().positive(),
    edge: z.enum(['open', 'close']),
    kind: z.string().min(1),
    label: z.string().default(''),
    ordinal: z.number().int().nonnegative().default(0),
    items: z.number().nonnegative().optional(),
    unit: z.string().optional(),
    monotonic_ns: monotonicNanoseconds,
  }),
  /** The configuration cannot be run: the model learns it. */
  z.strictObject({
    type: z.literal('infeasible'),
    seq: z.number().int().positive(),
    reason: z.enum(['out-of-memory', 'diverged', 'invalid', 'over-time']),
    message: z.string().default(''),
  }),
  /** A checkpoint was written at `path`. */
  z.strictObject({
    type: z.literal('checkpoint'),
    seq: z.number().int().positive(),
    step: z.number().int().nonnegative(),
    path: z.string(),
  }),
  /** Shall the window of this kind and label, closed before, be run once more? `id` names the question. */
  z.strictObject({
    type: z.literal('repeat'),
    id: z.number().int().positive(),
    kind: z.string().min(1),
    label: z.string().default(''),
  }),
  /** All work is done; the program is about to exit. `facts` are strings such as versions and the backend used. */
  z.strictObject({
    type: z.literal('done'),
    seq: z.number().int().positive(),
    facts: z.record(z.string(), z.string()).default({}),
  }),
]);

/** What the agent may say. */
export const agentLineSchema = z.discriminatedUnion('type', [
  /** Answer to `hello`: the highest `seq` that is durable (0 at first). */
  z.strictObject({ type: z.literal('welcome'), protocol: z.literal(TRIAL_PROTOCOL_VERSION), acknowledged: z.number() }),
  z.strictObject({ type: z.literal('ack'), seq: z.number().int() }),
  /** Stop soon: leave a checkpoint if that is quick, then exit. */
  z.strictObject({ type: z.literal('stop'), reason: z.enum(['cancelled', 'stopped-early', 'drained']) }),
  /** Answer to `repeat`. With `again` the program waits so long and runs the window once more, under the next ordinal. */
  z.strictObject({
    type: z.literal('repeat'),
    id: z.number().int().positive(),
    again: z.boolean(),
    delay_seconds: z.number().nonnegative(),
  }),
  /** The last line was refused; `message` says what would be right. */
  z.strictObject({ type: z.literal('refused'), message: z.string() }),
]);

/** Contents of `trial.json` in the trial's folder. */
export const trialFileSchema = z.strictObject({
  trial: z.string(),
  attempt: z.number().int().positive(),
  seed: z.number().int().nonnegative(),
  configuration: z.record(z.string(), z.union([z.number(), z.string(), z.boolean()])),
  /** The campaign's `workload` block, for built-in trainers. */
  workload: z.unknown(),
  /** Devices held, by UUID or PCI address; empty when the trial runs on the CPU. */
  devices: z.array(z.string()),
  /** Seconds of work before the first window that may be repeated, marked as a window `warm-up`; 0: none. */
  warmUpSeconds: z.number().nonnegative().default(0),
  /** Seconds that a repeated window should last at least, for the sensors of this machine. */
  windowSeconds: z.number().nonnegative().default(0),
  resumeFrom: z.string().optional(),
});

export type ProgramLine = z.infer<typeof programLineSchema>;
export type AgentLine = z.infer<typeof agentLineSchema>;
export type TrialFile = z.infer<typeof trialFileSchema>;
