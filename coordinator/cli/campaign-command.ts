/** `ecopt campaign submit|validate|list|replay` and `ecopt report`: what needs no agent. */

import Table from 'cli-table3';

import { EnvironmentError, UsageError } from '../../shared/domain/errors.js';
import { campaignId } from '../../shared/domain/identity.js';
import { formatDuration } from '../../shared/domain/quantity.js';
import { trialBudgetText } from '../campaign/budget.js';
import { CampaignBook } from '../campaign/campaign-book.js';
import { loadCampaign } from '../campaign/load.js';
import { differentInReplay } from '../campaign/replay.js';
import { reportInputOf } from '../report-input-of.js';
import { archiveReport } from '../report/archive.js';
import { buildReport } from '../report/build-report.js';
import { openSqliteStore } from '../store/sqlite-store.js';
import type { Store, StoredCampaign } from '../store/store.js';
import { submitCampaign } from '../submit-campaign.js';
import { stateOf } from './campaign-session.js';
import { counted } from './campaign-text.js';
import { EXIT } from './command-context.js';
import type { CommandContext } from './command-context.js';

export interface StateFlags {
  readonly state?: string;
}

export async function validateCommand(files: readonly string[], { stdout }: CommandContext): Promise<number> {
  for (const file of files) {
    const { campaign } = await loadCampaign(file);
    const { space, objectives, budget } = campaign;
    const limit = budget.trials === undefined ? 'no limit in trials' : trialBudgetText(budget.trials, budget.counts);
    stdout.write(
      `${file}: valid; ${counted(space.parameters.length, 'parameter')}, ${counted(objectives.length, 'objective')}, ${limit}\n`,
    );
  }
  return EXIT.done;
}

/** Puts campaigns into the store, where the next `ecopt serve` finds them. */
export async function submitCommand(
  files: readonly string[],
  flags: StateFlags & { readonly from?: string },
  context: CommandContext,
): Promise<number> {
  const loaded = await Promise.all(files.map((file) => loadCampaign(file)));
  const store = openSqliteStore(stateOf(flags, context).storeFile);
  try {
    const nowMilliseconds = context.clock.wallMilliseconds();
    const submission = { nowMilliseconds, ...(flags.from !== undefined && { from: flags.from }) };
    const submitted = store.transaction(() => loaded.map((one) => submitCampaign(store, one, submission)));
    for (const { id, resumed, notes } of submitted) {
      const lines = [resumed ? `campaign ${id} is there already, unfinished` : `new campaign ${id}`, ...notes];
      context.stdout.write(`${lines.join('\n')}\n`);
    }
    context.stdout.write('serve it: ecopt serve\n');
    return EXIT.done;
  } finally {
    store.close();
  }
}

export function listCommand(flags: StateFlags, context: CommandContext): number {
  const store = openSqliteStore(stateOf(flags, context).storeFile);
  try {
    const table = new Table({
      head: ['campaign', 'state', 'trials', 'served for', 'began'],
      style: { head: [], border: [] },
    });
    for (const stored of store.campaigns()) table.push(listRow(store, stored));
    context.stdout.write(store.campaigns().length === 0 ? 'no campaigns yet\n' : `${table.toString()}\n`);
    return EXIT.done;
  } finally {
    store.close();
  }
}

function listRow(
  store: Store,
  { id, state, closeReason, activeSeconds, createdMilliseconds }: StoredCampaign,
): string[] {
  const trials = store.trials(id);
  const finished = trials.filter(({ trial }) => trial.state !== 'queued' && trial.state !== 'leased').length;
  const began = new Date(createdMilliseconds).toISOString().slice(0, 16).replace('T', ' ');
  return [id, closeReason ?? state, `${finished} of ${trials.length}`, formatDuration(activeSeconds), began];
}

/** Makes every journaled proposal again and compares: the search can be trusted to be the function of its journal. */
export function replayCommand(id: string, flags: StateFlags, context: CommandContext): number {
  const store = openSqliteStore(stateOf(flags, context).storeFile);
  try {
    const stored = findCampaign(store, id);
    const history = new CampaignBook(store, stored.id).history();
    const records = store.proposals(stored.id);
    const different = differentInReplay(stored, records, history);
    if (different.length > 0) {
      const which = different.map(({ ordinal }) => ordinal).join(', ');
      throw new EnvironmentError(`campaign ${id}: proposals ${which} of ${records.length} come out differently`);
    }
    context.stdout.write(`campaign ${id}: all ${records.length} proposals come out the same\n`);
    return EXIT.done;
  } finally {
    store.close();
  }
}

export async function reportCommand(
  id: string,
  flags: StateFlags & { readonly out?: string },
  context: CommandContext,
): Promise<number> {
  const state = stateOf(flags, context);
  const store = openSqliteStore(state.storeFile);
  try {
    findCampaign(store, id);
    const book = new CampaignBook(store, campaignId(id));
    const data = buildReport(reportInputOf({ store, book, nowMilliseconds: context.clock.wallMilliseconds() }));
    const files = await archiveReport(data, flags.out ?? `${state.reportsFolder}/${id}`);
    context.stdout.write(`${Object.values(files).join('\n')}\n`);
    return EXIT.done;
  } finally {
    store.close();
  }
}

function findCampaign(store: Store, id: string): StoredCampaign {
  const found = store.campaign(campaignId(id));
  if (found) return found;
  const known = store.campaigns().map((stored) => stored.id);
  throw new UsageError(`no campaign ${id} here; known: ${known.join(', ') || 'none'}`);
}
