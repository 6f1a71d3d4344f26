/** `--nats` -> the user's own message servers. */

import type { MessageServerAccess } from '../shared/domain/conversation.js';
import { UsageError } from '../shared/domain/errors.js';
import { isLoopback } from './broker/loopback.js';

export interface NatsServers extends Pick<MessageServerAccess, 'servers' | 'user' | 'password' | 'tls'> {
  /** The addresses without password, for people. */
  readonly description: string;
}

/**
 * Reads `nats://user:password@host:port,host:port`; credentials and scheme of the first address hold for all.
 *
 * @throws {UsageError} for what is no address, or would send credentials and results across a network in plain text.
 */
export function natsServers(text: string): NatsServers {
  const [first = '', ...others] = text.split(',');
  const leading = addressOf(first, 'nats:');
  const addresses = [leading, ...others.map((address) => addressOf(address, leading.protocol))];
  const plain = addresses.find(({ protocol, hostname }) => protocol !== 'tls:' && !isLoopback(bare(hostname)));
  if (plain !== undefined) {
    throw new UsageError(
      `--nats ${shown(plain)} is not this machine, so it must be tls://${plain.host}: nothing crosses a network in plain text`,
    );
  }
  return {
    servers: addresses.map(shown),
    ...(leading.username === '' ? {} : { user: decodeURIComponent(leading.username) }),
    ...(leading.password === '' ? {} : { password: decodeURIComponent(leading.password) }),
    tls: leading.protocol === 'tls:',
    description: addresses.map(shown).join(', '),
  };
}

function addressOf(text: string, scheme: string): URL {
  const url = text.includes('://') ? text : `${scheme}//${text}`;
  const address = URL.canParse(url) ? new URL(url) : undefined;
  if (address?.hostname && (address.protocol === 'nats:' || address.protocol === 'tls:')) return address;
  throw new UsageError(
    `--nats ${withoutPassword(text)}: must be an address such as nats://127.0.0.1:4222 or tls://host:4222`,
  );
}

const shown = ({ protocol, host }: URL): string => `${protocol}//${host}`;

const withoutPassword = (text: string): string => text.replace(/[^/]*@/, '');

const bare = (hostname: string): string => hostname.replace(/^\[|\]$/g, '');
