/** The complete settings of one language-model trial: defaults, then the workload's options, then the configuration. */

import { UsageError } from '../../shared/domain/errors.js';
import {
  LANGUAGE_MODEL_DEFAULTS,
  LANGUAGE_MODEL_PARAMETERS,
  type LanguageModelSettings,
  languageModelOptionsSchema,
} from '../../shared/schema/language-model-schema.js';

type Values = Readonly<Record<string, unknown>>;

/**
 * Joins the workload's options with the configuration of a trial.
 *
 * @throws {UsageError} naming every value that cannot be used.
 */
export function languageModelSettings(options: Values, configuration: Values): LanguageModelSettings {
  const known: readonly string[] = LANGUAGE_MODEL_PARAMETERS;
  const faults = Object.keys(configuration).flatMap((name) => {
    if (!known.includes(name)) return [`${name}: the language model's parameters are ${known.join(', ')}`];
    return name in options ? [`${name}: is both a parameter and an option; remove the option`] : [];
  });
  const meant = Object.fromEntries(Object.entries(configuration).filter(([name]) => known.includes(name)));
  const given = languageModelOptionsSchema.safeParse({ ...options, ...meant });
  const issues = given.error?.issues ?? [];
  faults.push(...issues.map(({ path, message }) => `${path.join('.') || 'options'}: ${message}`));
  if (faults.length > 0) throw new UsageError(`settings of the trial: ${faults.join('; ')}`);
  return { ...LANGUAGE_MODEL_DEFAULTS, ...(given.data as Partial<LanguageModelSettings>) };
}
