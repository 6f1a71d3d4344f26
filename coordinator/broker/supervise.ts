/** Keeps a server running: starts it again whenever it ends, until told to stop or until that is hopeless. */

import { EnvironmentError } from '../../shared/domain/errors.js';
import type { Clock } from '../../shared/runtime/clock.js';
import type { Log } from '../../shared/runtime/log.js';
import type { Readiness, ServerExit, ServerProcess } from './server-process.js';

export interface SuperviseOptions {
  readonly launch: () => ServerProcess;
  readonly ready: (server: ServerProcess) => Promise<Readiness>;
  readonly log: Log;
  readonly clock: Clock;
  readonly onFailure: (error: EnvironmentError) => void;
}

/** First pause before a restart; doubles with each early end. */
const FIRST_PAUSE_MILLISECONDS = 100;
const LONGEST_PAUSE_MILLISECONDS = 5000;
/** A server that lived this long ended for a new reason: pauses begin anew. */
const LONG_LIFE_NANOSECONDS = 10_000_000_000n;
/** Starts in a row that never came to an answer; together about half a minute. */
const HOPELESS_STARTS = 10;
/** Time to write everything down before it is killed. */
const STOP_MILLISECONDS = 10_000;

/** Takes over a running server. */
export function supervise(server: ServerProcess, options: SuperviseOptions): Supervisor {
  return new Supervisor(server, options);
}

class Supervisor {
  restarts = 0;
  readonly #options: SuperviseOptions;
  readonly #stopping = new AbortController();
  readonly #watching: Promise<void>;
  #server: ServerProcess;

  constructor(server: ServerProcess, options: SuperviseOptions) {
    this.#server = server;
    this.#options = options;
    this.#watching = this.#watch();
  }

  /** Ends the server; it is started again like one that ended by itself. */
  restart(): void {
    void this.#end(this.#server);
  }

  /** Ends the server for good; resolves when it is gone. */
  async close(): Promise<void> {
    this.#stopping.abort();
    await this.#end(this.#server);
    await this.#watching;
  }

  /** Gently at first; a server that met a full disk may not listen. */
  async #end(server: ServerProcess): Promise<void> {
    const gone = new AbortController();
    const patience = this.#options.clock.sleep(STOP_MILLISECONDS, gone.signal).then(
      () => server.kill('SIGKILL'),
      () => undefined,
    );
    server.kill('SIGTERM');
    await server.exited;
    gone.abort();
    await patience;
  }

  async #watch(): Promise<void> {
    const { clock, log } = this.#options;
    for (let earlyEnds = 0; ; earlyEnds++) {
      const started = clock.monotonicNanoseconds();
      const exit = await this.#server.exited;
      if (this.#stopping.signal.aborted) return;
      log.warn({ how: exit.how, lastWords: exit.lastWords }, 'message server ended');
      if (clock.monotonicNanoseconds() - started >= LONG_LIFE_NANOSECONDS) earlyEnds = 0;
      if (!(await this.#startAgain(earlyEnds))) return;
      this.restarts++;
      log.warn({ restarts: this.restarts }, 'message server restarted');
    }
  }

  /** False when stopped meanwhile, or when it is hopeless, which is then told. */
  async #startAgain(earlyEnds: number): Promise<boolean> {
    for (let attempt = 1; attempt <= HOPELESS_STARTS; attempt++) {
      if (!(await this.#pause(earlyEnds + attempt - 1))) return false;
      this.#server = this.#options.launch();
      const readiness = await this.#options.ready(this.#server);
      if (readiness.kind === 'ready') return true;
      if (readiness.kind === 'silent') this.#server.kill('SIGKILL');
      const exit = await this.#server.exited;
      if (this.#stopping.signal.aborted) return false;
      if (attempt === HOPELESS_STARTS) this.#giveUp(exit);
    }
    return false;
  }

  /** False when stopped during the pause. */
  async #pause(doublings: number): Promise<boolean> {
    const milliseconds = Math.min(LONGEST_PAUSE_MILLISECONDS, FIRST_PAUSE_MILLISECONDS * 2 ** doublings);
    try {
      await this.#options.clock.sleep(milliseconds, this.#stopping.signal);
      return true;
    } catch {
      return false;
    }
  }

  #giveUp({ how, lastWords }: ServerExit): void {
    const message = `the message server ended and could not be started again in ${HOPELESS_STARTS} tries: ${lastWords || how}`;
    const error = new EnvironmentError(message);
    this.#options.log.error({ error }, 'message server given up');
    this.#options.onFailure(error);
  }
}

export type { Supervisor };
