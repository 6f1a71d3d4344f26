/** `ecopt serve [FILE...]`: a coordinator for agents that are started elsewhere. */

import type { CampaignId } from '../../shared/domain/identity.js';
import { loadCampaign } from '../campaign/load.js';
import type { ServerFlags } from '../server-flags.js';
import { openSession, stateOf } from './campaign-session.js';
import type { Session } from './campaign-session.js';
import { aborted, EXIT } from './command-context.js';
import type { CommandContext } from './command-context.js';

export interface ServeFlags extends ServerFlags {
  readonly untilDone?: boolean;
  /** Earlier campaign whose trials new ones begin with. */
  readonly from?: string;
}

export async function serveCommand(
  files: readonly string[],
  flags: ServeFlags,
  context: CommandContext,
): Promise<number> {
  const loaded = await Promise.all(files.map((file) => loadCampaign(file)));
  await using session = await openSession({ context, flags, state: stateOf(flags, context), anyPort: false });
  const { store, engine, address } = session.coordinator;
  const earlier = store.campaigns().filter(({ state }) => state === 'open');
  earlier.forEach(({ id }) => engine.serve(id));
  const begun = loaded.map((campaign) => session.begin(campaign, { from: flags.from }));
  const all = [...new Set([...earlier.map(({ id }) => id), ...begun])];
  session.view.note(`serving ${all.length === 0 ? 'no campaign yet' : all.join(', ')} on ${address}`);
  session.view.note(`add a machine: ecopt agent --coordinator ${address}`);
  const stop = Promise.race([aborted(context.interrupted).then(() => 'stopped' as const), session.fatal]);
  const ended = await serveEach(session, all, stop);
  if (ended === 'done' && flags.untilDone) return EXIT.done;
  if (ended === 'done') {
    session.view.note('every campaign is closed; waiting for Ctrl-C');
    await stop;
    return EXIT.done;
  }
  session.view.note('stopped; agents keep training and come back when this command runs again');
  return EXIT.interrupted;
}

/** Shows campaigns one after the other, and concludes each when it is closed. */
async function serveEach(
  session: Session,
  all: readonly CampaignId[],
  stop: Promise<'stopped'>,
): Promise<'done' | 'stopped'> {
  if (all.length === 0) return stop;
  for (const id of all) {
    using _watch = session.watch(id);
    const closed = session.coordinator.engine.closed(id).then(() => 'closed' as const);
    if ((await Promise.race([closed, stop])) === 'stopped') return 'stopped';
    await session.conclude(id, [{ command: 'ecopt serve FILE', purpose: 'serve another campaign' }]);
  }
  return 'done';
}
