/** The port of the lease stream: one conversation with the coordinator that outlives its connections. */

import type { AgentMessage, CoordinatorMessage } from '../../shared/domain/conversation.js';
import type { Disconnection } from './disconnection.js';

export interface Conversation {
  /** Says something on the present connection; without one it is not said at all: `hello` tells what counts anew. */
  send(message: AgentMessage): void;
  /** Lets out what was said, ends the connection and makes no other. */
  close(): Promise<void>;
}

export interface ConversationListener {
  /** A connection begins: `hello` is due. */
  onConnected(): void;
  onMessage(message: CoordinatorMessage): void;
  /** A connection was lost or could not be made; told each time, another attempt follows by itself. */
  onDisconnected(why: Disconnection): void;
}
