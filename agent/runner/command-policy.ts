/** Which outside programs the operator of this agent allows. */

import type { CommandWorkload } from '../../shared/domain/campaign.js';

/** `none`: no command is run; `any`: all are; else one of the patterns must match program and arguments. */
export type CommandPolicy =
  | { readonly kind: 'none' }
  | { readonly kind: 'any' }
  | { readonly kind: 'patterns'; readonly patterns: readonly string[] };

/** Variables through which a program could be made to load other code than the one that was allowed. */
const LOADER_VARIABLE =
  /^(PATH|ENV|BASH_.*|LD_.*|GCONV_PATH|PYTHON.*|NODE_.*|PERL.*|RUBY.*|JAVA_TOOL_OPTIONS|JDK_JAVA_OPTIONS|_JAVA_OPTIONS|R_PROFILE.*)$/;

/**
 * Why a command is refused; `undefined` if it is allowed.
 *
 * @param argv - program and arguments after substitution.
 */
export function commandRefusal(
  policy: CommandPolicy,
  argv: readonly string[],
  { environment }: Pick<CommandWorkload, 'environment'>,
): string | undefined {
  if (policy.kind === 'any') return undefined;
  if (policy.kind === 'none') return 'this agent runs no outside programs; start it with --allow-command';
  const line = argv.join(' ');
  if (!policy.patterns.some((pattern) => matches(pattern, line))) {
    return `the operator of this agent allows only: ${policy.patterns.join(', ')}`;
  }
  const loader = Object.keys(environment).find((name) => LOADER_VARIABLE.test(name));
  return loader && `the environment variable ${loader} may not be set where only certain programs are allowed`;
}

/** Shell-style pattern over a whole text: `*` is any text, `?` any character. */
function matches(pattern: string, text: string): boolean {
  const escaped = pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${escaped.replace(/\*+/g, '.*').replace(/\?/g, '.')}$`, 's').test(text);
}
