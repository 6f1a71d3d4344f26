/** What must hold between the built-in trainer `language-model` and the campaign around it. */

import type { z } from 'zod';

import type { Parameter } from '../domain/search-space.js';
import { buildObjective, isRepeatable } from './build-objective.js';
import { buildParameter } from './build-space.js';
import type { CampaignPart } from './campaign-schema.js';
import type { PathFault } from './fault.js';
import { keyFault, suggestion, valueFault } from './fault.js';
import {
  LANGUAGE_MODEL_METRICS,
  LANGUAGE_MODEL_PARAMETERS,
  LANGUAGE_MODEL_WINDOWS,
  languageModelOptionsSchema,
} from './language-model-schema.js';
import { schemaFaults } from './schema-faults.js';

/** Metrics of the test split; they can have no other role. */
export const LANGUAGE_MODEL_SEALED: readonly string[] = ['test_loss'];

const METRICS = Object.keys(LANGUAGE_MODEL_METRICS);

/** Faults of a campaign with this trainer. */
export function languageModelFaults(file: CampaignPart, declared: readonly string[]): PathFault[] {
  if (file.workload?.kind !== 'builtin') return [];
  const { options = {} } = file.workload;
  const optionFaults = schemaFaults(languageModelOptionsSchema, options).map((fault) => ({
    ...fault,
    path: ['workload', 'options', ...fault.path],
  }));
  return [
    ...optionFaults,
    ...declared.flatMap((name) => nameFaults(name, options)),
    ...Object.entries(file.space ?? {}).flatMap(([name, input]) => domainFaults(buildParameter(name, input))),
    ...objectiveFaults(file),
    ...metricFaults(file),
  ];
}

function nameFaults(name: string, options: Readonly<Record<string, unknown>>): PathFault[] {
  if (!LANGUAGE_MODEL_PARAMETERS.some((known) => known === name)) {
    const remedy = suggestion(name, LANGUAGE_MODEL_PARAMETERS, 'parameter');
    return [keyFault(['space', name], 'is no parameter of the trainer language-model', remedy)];
  }
  if (!Object.hasOwn(options, name)) return [];
  return [keyFault(['workload', 'options', name], 'is a parameter of the space already', 'Remove it here, or there.')];
}

/** The ends of a range, or the listed values, must be settings that the trainer takes. */
function domainFaults(parameter: Parameter): PathFault[] {
  const path = ['space', parameter.name];
  const field = (languageModelOptionsSchema.shape as Readonly<Record<string, z.ZodType>>)[parameter.name];
  if (!field) return [];
  if (parameter.kind === 'float' && !field.safeParse(FRACTION).success) {
    return [
      valueFault(
        path,
        'is a range of fractions, but the trainer takes whole numbers',
        'Write kind: integer, or list the values.',
      ),
    ];
  }
  return endsOf(parameter).flatMap(([keys, value]) =>
    schemaFaults(field, value).map(({ problem, remedy }) => valueFault([...path, ...keys], problem, remedy)),
  );
}

/** A number that every field for fractions takes and none for whole numbers. */
const FRACTION = 0.5;

function endsOf(parameter: Parameter): readonly (readonly [readonly (string | number)[], unknown])[] {
  switch (parameter.kind) {
    case 'constant':
      return [[['value'], parameter.value]];
    case 'ordinal':
    case 'categorical':
      return parameter.values.map((value, i) => [['values', i], value]);
    default:
      return [
        [['low'], parameter.low],
        [['high'], parameter.high],
      ];
  }
}

function objectiveFaults({ objectives = {}, measurement }: CampaignPart): PathFault[] {
  const all = Object.entries(objectives).map(([name, input]) => buildObjective(name, input));
  const { target } = measurement?.repeat ?? {};
  const isRepeated =
    target === undefined
      ? all.some((objective) => objective.from === 'energy' && isRepeatable(objective.energy))
      : Number.parseFloat(String(target)) !== 0;
  return all.flatMap((objective) => {
    const path = ['objectives', objective.name];
    if (objective.from === 'energy') {
      return [
        ...energyFaults([...path, 'energy'], objective.energy),
        ...(isRepeated && objective.energy.window === 'infer' ? sumFaults([...path, 'energy'], objective.energy) : []),
      ];
    }
    if (LANGUAGE_MODEL_SEALED.includes(objective.metric)) {
      return [keyFault(path, `is ${objective.metric}, which is read from the test data`, 'Use validation_loss.')];
    }
    if (METRICS.includes(objective.metric)) return [];
    return [
      keyFault(
        path,
        `is the metric ${objective.metric}, which the trainer does not report`,
        suggestion(objective.metric, METRICS, 'metric'),
      ),
    ];
  });
}

function energyFaults(
  path: readonly string[],
  energy: { readonly window: string; readonly label?: string; readonly per?: string },
): PathFault[] {
  const kinds = [...new Set(LANGUAGE_MODEL_WINDOWS.map(({ kind }) => kind))];
  const labels = LANGUAGE_MODEL_WINDOWS.filter(({ kind }) => kind === energy.window).map(({ label }): string => label);
  if (labels.length === 0) {
    return [
      valueFault(
        [...path, 'window'],
        `is ${energy.window}, which the trainer does not mark`,
        suggestion(energy.window, kinds, 'window'),
      ),
    ];
  }
  const wrongLabel = energy.label !== undefined && !labels.includes(energy.label);
  const named = labels.filter((label) => label !== '');
  return [
    ...(wrongLabel
      ? [
          valueFault(
            [...path, 'label'],
            `is ${energy.label}, which the trainer does not mark`,
            suggestion(energy.label ?? '', named, 'label'),
          ),
        ]
      : []),
    ...(energy.per !== undefined && energy.per !== 'token'
      ? [valueFault([...path, 'per'], `is ${energy.per}, but the trainer counts tokens`, 'Write per: token.')]
      : []),
  ];
}

/** Trials repeat generation as often as their own noise needs: sums over it are not about the same work. */
const sumFaults = (path: readonly string[], { per }: { readonly per?: string }): PathFault[] =>
  per === undefined
    ? [
        keyFault(
          path,
          'sums windows that are repeated as often as it takes',
          'Add per: token, or write target: 0 under measurement.repeat.',
        ),
      ]
    : [];

function metricFaults({ metrics = {} }: CampaignPart): PathFault[] {
  return Object.entries(metrics).flatMap(([name, { role }]) => {
    if (!METRICS.includes(name)) {
      return [
        keyFault(['metrics', name], 'is no metric that the trainer reports', suggestion(name, METRICS, 'metric')),
      ];
    }
    if (!LANGUAGE_MODEL_SEALED.includes(name) || role === 'test') return [];
    return [keyFault(['metrics', name], 'is read from the test data, so it must be sealed', 'Write role: test.')];
  });
}
