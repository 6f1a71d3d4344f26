/** From a `command` workload and a configuration to the arguments of a process; no shell is ever involved. */

import type { CommandWorkload } from '../../shared/domain/campaign.js';
import type { Configuration, ParameterValue } from '../../shared/domain/configuration.js';

/** What placeholders may stand for. */
export interface PlaceholderValues {
  readonly configuration: Configuration;
  readonly seed: number;
  readonly trialFolder: string;
  /** Folder of each data set that the agent offers. */
  readonly dataSets: Readonly<Record<string, string>>;
}

/** The text with its values, or one sentence on what is wrong with it. */
export type Substitution =
  { readonly kind: 'text'; readonly text: string } | { readonly kind: 'fault'; readonly message: string };

const TOKEN = /\{\{|\}\}|\{([^{}]*)\}|[{}]/g;

/**
 * Replaces `{parameter}`, `{seed}`, `{trial_dir}` and `{data.NAME}`; `{{` and `}}` stand for single braces.
 *
 * A value becomes part of exactly this text, whatever it holds: what was put in is not looked at again.
 */
export function substitute(template: string, values: PlaceholderValues): Substitution {
  const faults: string[] = [];
  const text = template.replace(TOKEN, (token, name: string | undefined) => {
    if (token === '{{' || token === '}}') return token.charAt(0);
    const value = name === undefined ? undefined : placeholderValue(name, values);
    if (value === undefined) faults.push(faultOf(token, name, template));
    return String(value);
  });
  const [fault] = faults;
  return fault === undefined ? { kind: 'text', text } : { kind: 'fault', message: fault };
}

function placeholderValue(name: string, values: PlaceholderValues): ParameterValue | undefined {
  if (Object.hasOwn(values.configuration, name)) return values.configuration[name];
  if (name === 'seed') return values.seed;
  if (name === 'trial_dir') return values.trialFolder;
  const data = name.startsWith('data.') ? name.slice('data.'.length) : undefined;
  return data !== undefined && Object.hasOwn(values.dataSets, data) ? values.dataSets[data] : undefined;
}

function faultOf(token: string, name: string | undefined, template: string): string {
  if (name === undefined) return `single ${token} in the argument ${template}; write ${token}${token} for a brace`;
  if (name.startsWith('data.')) return `this agent offers no data set called ${name.slice('data.'.length)}`;
  return (
    `the argument ${template} uses ${token}, but this trial has no active parameter of that name; ` +
    'optional parameters are best read from {trial_dir}/trial.json'
  );
}

/** All arguments with their values, or the first fault. */
export function commandArguments(
  { argv }: Pick<CommandWorkload, 'argv'>,
  values: PlaceholderValues,
): { readonly kind: 'argv'; readonly argv: readonly string[] } | { readonly kind: 'fault'; readonly message: string } {
  const parts = argv.map((argument) => substitute(argument, values));
  const fault = parts.find((part) => part.kind === 'fault');
  if (fault) return fault;
  return { kind: 'argv', argv: parts.flatMap((part) => (part.kind === 'text' ? [part.text] : [])) };
}
