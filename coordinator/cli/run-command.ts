/** `ecopt run FILE`: the whole job on this machine, with a report at its end. */

import { EnvironmentError, UsageError } from '../../shared/domain/errors.js';
import type { CampaignId } from '../../shared/domain/identity.js';
import { isLoopback } from '../broker/loopback.js';
import { loadCampaign } from '../campaign/load.js';
import type { LoadedCampaign } from '../campaign/load.js';
import type { CampaignSnapshot } from '../campaign/snapshot.js';
import { startLocalAgent } from '../local-agent.js';
import type { LocalAgent } from '../local-agent.js';
import type { ServerFlags } from '../server-flags.js';
import type { StateFolder } from '../state-folder.js';
import { openSession, stateOf } from './campaign-session.js';
import type { Session } from './campaign-session.js';
import { aborted, deferredFailure, EXIT } from './command-context.js';
import type { CommandContext } from './command-context.js';

export interface RunFlags extends ServerFlags {
  /** Names of device models; one agent each instead of the machine's own. */
  readonly simulate: readonly string[];
  readonly allowCommand?: boolean;
  /** Earlier campaign whose trials a new one begins with. */
  readonly from?: string;
  /** False: no agent is started here. */
  readonly agent: boolean;
}

/** Failed trials without a single success that say more about the program than about configurations. */
const TELLING_FAILURES = 4;
/** Grace for agents to join and be found fit before a run without any usable agent is given up. */
const HOPELESS_SECONDS = 5;

export async function runCommand(file: string, flags: RunFlags, context: CommandContext): Promise<number> {
  const loaded = await loadCampaign(file);
  checkPermission(file, loaded, flags);
  const state = stateOf(flags, context);
  await using session = await openSession({ context, flags, state, anyPort: true });
  const expected = flags.agent ? Math.max(1, flags.simulate.length) : 0;
  // Agents that start together begin together, so that a comparison is complete from its first configuration.
  const isReady = (): boolean => session.coordinator.dispatcher.everConnected() >= expected;
  const id = session.begin(loaded, { isReady, from: flags.from });
  const resume = { command: context.commandLine, purpose: 'go on from where it stands' };
  using _watch = session.watch(id);
  using hopelessness = watchForHope(session, id, context);
  const failed = deferredFailure();
  const agents = startAgents({ session, flags, context, state, onFailure: failed.reject });
  session.view.note(joinHint(flags, session));
  try {
    const end = Promise.race([session.coordinator.engine.closed(id), failed.promise, session.fatal]);
    const outcome = await Promise.race([end, hopelessness.found, aborted(context.interrupted)]);
    if (outcome === undefined) return await interrupt(session, { id, agents, context, resume });
    await leave(agents);
    await session.conclude(id, [{ command: context.commandLine, purpose: 'search again, with a new campaign' }]);
    return EXIT.done;
  } catch (error) {
    await leave(agents);
    throw error;
  }
}

function checkPermission(file: string, { campaign }: LoadedCampaign, { allowCommand, agent }: RunFlags): void {
  if (campaign.workload.kind !== 'command' || allowCommand || !agent) return;
  const program = campaign.workload.argv[0];
  throw new UsageError(
    `${file}: runs the program ${program} on this machine; allow it with --allow-command, or serve other agents with --no-agent`,
  );
}

interface AgentStart {
  readonly session: Session;
  readonly flags: RunFlags;
  readonly context: CommandContext;
  readonly state: StateFolder;
  readonly onFailure: (error: EnvironmentError) => void;
}

function startAgents({ session, flags, context, state, onFailure }: AgentStart): readonly LocalAgent[] {
  if (!flags.agent) return [];
  const common = [
    ...['--coordinator', session.coordinator.address],
    ...['--parent', String(context.processId), '--state', state.agentsFolder],
    ...(flags.allowCommand ? ['--allow-command'] : []),
    ...tlsFlags(flags),
  ];
  const simulated = flags.simulate.map((model, i) => ({ name: `${model}-${i + 1}`, extra: ['--simulate', model] }));
  const wanted = simulated.length > 0 ? simulated : [{ name: 'local', extra: [] }];
  return wanted.map(({ name, extra }) =>
    startLocalAgent({
      args: [...common, '--name', name, ...extra],
      name,
      logFolder: state.folder,
      clock: context.clock,
      say: (line) => session.view.note(line),
      onFailure,
    }),
  );
}

const tlsFlags = ({ tlsCa, tlsCert, tlsKey }: RunFlags): readonly string[] =>
  Object.entries({ '--tls-ca': tlsCa, '--tls-cert': tlsCert, '--tls-key': tlsKey }).flatMap(([flag, file]) =>
    file === undefined ? [] : [flag, file],
  );

function joinHint(flags: RunFlags, { coordinator: { address } }: Session): string {
  const command = `ecopt agent --coordinator ${address}`;
  if (!isLoopback(flags.host)) return `add another machine at any time: ${command}, with its own --tls files`;
  return `agents on this machine may join (${command}); for other machines see --host`;
}

interface Hopelessness extends Disposable {
  /** Rejects when no agent that is here can ever take this campaign's trials; `run` has a person waiting for it. */
  readonly found: Promise<never>;
}

function watchForHope(session: Session, id: CampaignId, { clock }: CommandContext): Hopelessness {
  const { promise: found, reject } = deferredFailure();
  let since: bigint | undefined;
  const before = session.coordinator.engine.snapshot(id).results.length;
  const timer = clock.every(1000, () => {
    const snapshot = session.coordinator.engine.snapshot(id);
    const why = uselessAgents(snapshot) ?? uselessProgram(snapshot, before);
    const now = clock.monotonicNanoseconds();
    if (why === undefined) return void (since = undefined);
    since ??= now;
    if (now - since < BigInt(HOPELESS_SECONDS) * 1_000_000_000n) return;
    const text = `the campaign cannot go on: ${why}. It stays open: run it again when that is mended`;
    reject(new EnvironmentError(text));
  });
  return { found, [Symbol.dispose]: () => timer[Symbol.dispose]() };
}

/** The first trials of this run all failed, and none ever worked: something is wrong with the program itself. */
function uselessProgram({ results, state }: CampaignSnapshot, before: number): string | undefined {
  const failures = results.slice(before).map(({ trial }) => trial.failure);
  const nothingWorks = state === 'open' && results.every(({ trial }) => trial.state === 'failed');
  if (!nothingWorks || failures.length < TELLING_FAILURES) return undefined;
  return `the first ${failures.length} all failed, the last one so: ${failures.at(-1)?.message}`;
}

/** Why every connected agent is of no use; `undefined` while one is, or none is here yet. */
function uselessAgents({ agents, running, state }: CampaignSnapshot): string | undefined {
  const here = agents.filter(({ connected }) => connected);
  if (state === 'closed' || here.length === 0 || running.length > 0) return undefined;
  const reasons = here.map(({ name, quarantined, unfit }) => ({ name, why: quarantined ?? unfit }));
  if (reasons.some(({ why }) => why === undefined)) return undefined;
  return reasons.map(({ name, why }) => `${name}: ${why}`).join('; ');
}

interface Interruption {
  readonly id: CampaignId;
  readonly agents: readonly LocalAgent[];
  readonly context: CommandContext;
  readonly resume: { readonly command: string; readonly purpose: string };
}

async function interrupt(session: Session, { id, agents, context, resume }: Interruption): Promise<number> {
  session.view.note('stopping: running trials are finished or handed back; Ctrl-C again stops at once');
  agents.forEach((agent) => agent.drain());
  const gone = Promise.all(agents.map((agent) => agent.gone));
  await Promise.race([gone, aborted(context.interruptedTwice)]);
  agents.forEach((agent) => agent.stop());
  await gone;
  await session.conclude(id, [resume]);
  return EXIT.interrupted;
}

async function leave(agents: readonly LocalAgent[]): Promise<void> {
  agents.forEach((agent) => agent.drain());
  await Promise.all(agents.map((agent) => agent.gone));
}
