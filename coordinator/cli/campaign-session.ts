/** A coordinator at work with one campaign before somebody's eyes: from the start of the servers to the report. */

import { join } from 'node:path';

import { trialId } from '../../shared/domain/identity.js';
import type { CampaignId, TrialId } from '../../shared/domain/identity.js';
import type { Log, LogLevel } from '../../shared/runtime/log.js';
import { createLog, LOG_LEVELS } from '../../shared/runtime/log.js';
import { UsageError } from '../../shared/domain/errors.js';
import type { LoadedCampaign } from '../campaign/load.js';
import { archiveReport } from '../report/archive.js';
import { buildReport } from '../report/build-report.js';
import { reportInputOf, unsealedFront } from '../report-input-of.js';
import { serverSettings } from '../server-flags.js';
import type { ServerFlags } from '../server-flags.js';
import { startCoordinator } from '../start-coordinator.js';
import type { Coordinator } from '../start-coordinator.js';
import { openStateFolder } from '../state-folder.js';
import type { StateFolder } from '../state-folder.js';
import { submitCampaign } from '../submit-campaign.js';
import type { CampaignView, NextStep } from './campaign-view.js';
import { deferredFailure } from './command-context.js';
import type { CommandContext } from './command-context.js';
import { openView } from './open-view.js';
import type { ViewOptions } from './open-view.js';

export interface SessionOptions {
  readonly context: CommandContext;
  readonly flags: ServerFlags;
  readonly state: StateFolder;
  readonly anyPort: boolean;
}

/** A running coordinator with a view. */
export interface Session extends AsyncDisposable {
  readonly coordinator: Coordinator;
  readonly view: CampaignView;
  readonly log: Log;
  /** Rejects with the first error that the coordinator cannot go on after. */
  readonly fatal: Promise<never>;
  /** Takes the campaign of a file into service. */
  begin(loaded: LoadedCampaign, options?: BeginOptions): CampaignId;
  /** Shows a campaign's state until disposed. */
  watch(id: CampaignId): Disposable;
  /** Writes the report and shows the end. */
  conclude(id: CampaignId, next: readonly NextStep[]): Promise<void>;
}

export interface BeginOptions {
  /** While it is false, no trial is planned or handed out. */
  readonly isReady?: () => boolean;
  /** Earlier campaign whose trials a new one begins with. */
  readonly from?: string | undefined;
}

/** Time between two looks at the campaign; the view itself decides how often it redraws. */
const WATCH_MILLISECONDS = 200;

export async function openSession({ context, flags, state, anyPort }: SessionOptions): Promise<Session> {
  const settings = serverSettings(flags, context.clock.wallMilliseconds());
  const log = createLog({ level: logLevel(flags.logLevel), format: 'json', file: state.logFile });
  const view = openView({ mode: viewMode(flags, context), ...viewPlace(context), clock: context.clock });
  const { promise: fatal, reject: onFatal } = deferredFailure();
  try {
    const { environment, clock } = context;
    const say = (line: string): void => view.note(line);
    const options = { ...settings, state, anyPort, environment, clock, log, say, onFatal };
    const coordinator = await startCoordinator(options);
    return session({ coordinator, view, log, fatal, context, state });
  } catch (error) {
    view[Symbol.dispose]();
    throw error;
  }
}

type Parts = Pick<Session, 'coordinator' | 'view' | 'log' | 'fatal'> & Pick<SessionOptions, 'context' | 'state'>;

function session({ coordinator, view, log, fatal, context, state }: Parts): Session {
  const { store, engine, messageServer } = coordinator;
  const { clock } = context;
  return {
    ...{ coordinator, view, log, fatal },
    begin(loaded, { isReady, from } = {}) {
      const submission = { nowMilliseconds: clock.wallMilliseconds(), ...(from !== undefined && { from }) };
      const { id, resumed, notes } = submitCampaign(store, loaded, submission);
      log.info({ campaign: id, resumed, ...(from !== undefined && { from }) }, 'campaign begun');
      view.note(resumed ? `resuming campaign ${id}` : `new campaign ${id}`);
      notes.forEach((line) => view.note(line));
      engine.serve(id, isReady);
      return id;
    },
    watch: (id) => clock.every(WATCH_MILLISECONDS, () => view.update(engine.snapshot(id))),
    async conclude(id, next) {
      const book = engine.book(id);
      const nowMilliseconds = clock.wallMilliseconds();
      const report = buildReport(reportInputOf({ store, book, nowMilliseconds, messageServer }));
      const { html, json, csv } = await archiveReport(report, join(state.reportsFolder, id));
      const snapshot = engine.snapshot(id);
      const sealed = snapshot.state === 'closed' ? { sealed: sealedMap(unsealedFront(store, book)) } : {};
      view.update(snapshot);
      view.close({ snapshot, reports: [html, json, csv], next, ...sealed });
    },
    async [Symbol.asyncDispose]() {
      view[Symbol.dispose]();
      await coordinator.close();
    },
  };
}

const sealedMap = (sealed: ReturnType<typeof unsealedFront>): ReadonlyMap<TrialId, Readonly<Record<string, number>>> =>
  new Map(Object.entries(sealed).map(([trial, metrics]) => [trialId(trial), metrics]));

const viewMode = ({ json }: ServerFlags, { stdout, environment }: CommandContext): ViewOptions['mode'] => {
  if (json) return 'json';
  return stdout.isTTY && environment['TERM'] !== 'dumb' ? 'live' : 'plain';
};

const viewPlace = ({ stdout, environment }: CommandContext): Pick<ViewOptions, 'stream' | 'size' | 'color'> => ({
  stream: stdout,
  size: { width: () => stdout.columns ?? 80, rows: () => stdout.rows ?? 24 },
  color: stdout.isTTY === true && environment['NO_COLOR'] === undefined,
});

function logLevel(text: string): LogLevel {
  const level = LOG_LEVELS.find((known) => known === text);
  if (level) return level;
  throw new UsageError(`--log-level ${text}: must be one of ${LOG_LEVELS.join(', ')}`);
}

/** The state folder that the flags and the environment name. */
export const stateOf = ({ state }: Pick<ServerFlags, 'state'>, { environment }: CommandContext): StateFolder =>
  openStateFolder(state, environment['XDG_STATE_HOME']);
