/** The lease stream over gRPC: connects, notices silence, connects again. The only file of the agent that speaks gRPC. */

import { checkServerIdentity } from 'node:tls';

import {
  Client,
  credentials,
  status,
  type ChannelCredentials,
  type ClientDuplexStream,
  type ServiceError,
} from '@grpc/grpc-js';

import type { AgentMessage } from '../../shared/domain/conversation.js';
import type { TlsMaterial } from '../../shared/runtime/certificate-check.js';
import type { Clock } from '../../shared/runtime/clock.js';
import type { Random } from '../../shared/runtime/random.js';
import {
  MAX_MESSAGE_BYTES,
  coordinationService,
  type IncomingCoordinatorMessage,
} from '../../shared/wire/coordination-service.js';
import type { Conversation, ConversationListener } from './conversation.js';
import { explainDisconnection, type Disconnection } from './disconnection.js';

export interface LeaseClientOptions {
  /** `HOST:PORT` of the coordinator. */
  readonly address: string;
  /** For mTLS; absent: plain text, for loopback only. */
  readonly tls?: TlsMaterial;
  readonly clock: Clock;
  readonly random: Random;
  readonly listener: ConversationListener;
}

const FIRST_WAIT_MILLISECONDS = 200;
const LAST_WAIT_MILLISECONDS = 10_000;
const CLOSE_MILLISECONDS = 500;

const CHANNEL_OPTIONS = {
  'grpc.keepalive_time_ms': 10_000,
  'grpc.keepalive_timeout_ms': 5000,
  'grpc.keepalive_permit_without_calls': 1,
  // A lab's coordinator is never behind the proxy that `http_proxy` names for the web.
  'grpc.enable_http_proxy': 0,
  'grpc.max_receive_message_length': MAX_MESSAGE_BYTES,
  // Our own backoff decides; the channel must not sit out a longer one after the coordinator is back.
  'grpc.initial_reconnect_backoff_ms': FIRST_WAIT_MILLISECONDS,
  'grpc.max_reconnect_backoff_ms': 1000,
};

type Stream = ClientDuplexStream<AgentMessage, IncomingCoordinatorMessage>;

/** Talks to the coordinator until closed; the listener hears nothing before this has returned. */
export const openConversation = (options: LeaseClientOptions): Conversation => new Session(options);

class Session implements Conversation {
  readonly #options: LeaseClientOptions;
  readonly #client: Client;
  #stream: Stream | undefined;
  #retry: Disposable | undefined;
  /** Attempts since a connection last stood. */
  #attempts = 0;
  #closed = false;

  constructor(options: LeaseClientOptions) {
    this.#options = options;
    const { address, tls } = options;
    const name = tls ? { 'grpc.ssl_target_name_override': SERVER_NAME } : {};
    this.#client = new Client(address, channelCredentials(address, tls), { ...CHANNEL_OPTIONS, ...name });
    this.#openAfter(0);
  }

  send(message: AgentMessage): void {
    this.#stream?.write(message);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#retry?.[Symbol.dispose]();
    await this.#finish();
    this.#client.close();
  }

  /** What was said last, such as a release, still has to go out. */
  async #finish(): Promise<void> {
    const stream = this.#stream;
    if (!stream) return;
    const gone = new Promise<void>((resolve) => stream.once('status', () => resolve()));
    stream.end();
    const giveUp = new AbortController();
    await Promise.race([gone, this.#options.clock.sleep(CLOSE_MILLISECONDS, giveUp.signal)]);
    giveUp.abort();
    stream.cancel();
  }

  /** What is said before the connection stands waits for it; `hello` is the first. */
  #open(): void {
    const { path, requestSerialize, responseDeserialize } = coordinationService.hold;
    const stream = this.#client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize);
    this.#stream = stream;
    let over = false;
    const end = (why: Disconnection): void => {
      if (over) return;
      over = true;
      this.#disconnected(why);
    };
    stream.on('data', (message: IncomingCoordinatorMessage) => this.#receive(message, stream));
    stream.on('error', (error: ServiceError) => end(reasonOf(error, this.#options.tls !== undefined)));
    stream.on('end', () => end(ENDED));
    this.#options.listener.onConnected();
  }

  #receive(message: IncomingCoordinatorMessage, stream: Stream): void {
    if (stream !== this.#stream || this.#closed) return;
    if (message.kind === 'malformed') return void stream.cancel();
    if (message.kind === 'welcome') this.#attempts = 0;
    this.#options.listener.onMessage(message);
  }

  /** The first attempt comes soon; the wait then doubles, and is drawn anew so that a fleet does not knock in step. */
  #disconnected(why: Disconnection): void {
    this.#stream = undefined;
    if (this.#closed) return;
    const { random, listener } = this.#options;
    const wait = Math.min(FIRST_WAIT_MILLISECONDS * 2 ** this.#attempts, LAST_WAIT_MILLISECONDS);
    this.#attempts += 1;
    this.#openAfter(wait * (0.5 + random.uniform()));
    listener.onDisconnected(why);
  }

  #openAfter(milliseconds: number): void {
    this.#retry = this.#options.clock.after(milliseconds, () => this.#open());
  }
}

const ENDED: Disconnection = { reason: 'it ended the session', isMismatch: false };

/** The library wraps what the system said: `No connection established. Last error: Error: ... Resolution note: ...`. */
function reasonOf({ code, details, message }: ServiceError, isSecure: boolean): Disconnection {
  if (code === status.CANCELLED) return ENDED;
  const inner = /Last error: (?:Error: )?(.*?)\.? Resolution note:/s.exec(details)?.[1];
  return explainDisconnection(inner ?? (details || message), isSecure);
}

/** Sent instead of the host: an address must not be, and says nothing to a coordinator that has one certificate only. */
const SERVER_NAME = 'ecopt-coordinator';

function channelCredentials(address: string, tls: LeaseClientOptions['tls']): ChannelCredentials {
  if (tls === undefined) return credentials.createInsecure();
  const host = address.replace(/:\d+$/, '').replace(/^\[|\]$/g, '');
  const { ca, key, certificate } = tls;
  return credentials.createSsl(Buffer.from(ca.text), Buffer.from(key.text), Buffer.from(certificate.text), {
    checkServerIdentity: (_, theirs) => checkServerIdentity(host, theirs),
  });
}
