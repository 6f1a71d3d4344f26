/** Who may join, and under which id. */

import { WIRE_VERSION } from '../../shared/domain/conversation.js';
import type { AgentMessage } from '../../shared/domain/conversation.js';
import type { MachineDescription } from '../../shared/domain/hardware.js';
import { agentId } from '../../shared/domain/identity.js';
import type { AgentId } from '../../shared/domain/identity.js';

export type Hello = Extract<AgentMessage, { kind: 'hello' }>;

/** What is known of an agent that is connected under the same name. */
export interface Present {
  readonly session: string;
  readonly machine: MachineDescription;
}

/** The same process after a broken stream, or the same machine after a reboot; anything else is a second agent. */
export const mayReplace = (present: Present, hello: Hello): boolean =>
  present.session === hello.session ||
  (present.machine.machineId === hello.machine.machineId && present.machine.bootId !== hello.machine.bootId);

export const nameTaken = (name: string, { machine }: Present): string =>
  `an agent named ${name} is connected from ${machine.hostName}. Start this one with another --name`;

export const foreignVersion = (theirs: number): string =>
  `the agent speaks wire version ${theirs}, this coordinator speaks ${WIRE_VERSION}. Install the same ECOpt on both sides`;

/** An id that is safe in subjects and folders; a name that is not as safe gets a mark of its own. */
export function agentIdOf(name: string): AgentId {
  const safe = name.replace(/[^A-Za-z0-9_-]/g, '-').replace(/^[^A-Za-z0-9]+/, '');
  const mark = [...Buffer.from(name)].reduce((sum, byte) => (Math.imul(sum, 31) + byte) >>> 0, 7);
  return agentId(safe === name ? name : `${safe.slice(0, 100)}${safe === '' ? 'agent' : ''}-${mark.toString(36)}`);
}
