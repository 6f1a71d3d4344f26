/** What must hold between a command and the campaign around it: placeholders and sources of metrics. */

import { buildObjective } from './build-objective.js';
import type { CampaignFile, CampaignPart } from './campaign-schema.js';
import type { FaultPath, PathFault } from './fault.js';
import { suggestion, valueFault } from './fault.js';
import type { CommandInput } from './workload-schema.js';

/** Faults of a `command` workload; `declared` are the names of all parameters. */
export function commandFaults(file: CampaignPart, declared: readonly string[]): PathFault[] {
  if (file.workload?.kind !== 'command') return [];
  const { workload } = file;
  return [
    ...argumentFaults(workload),
    ...placeholdersOf(workload).flatMap((placeholder) => placeholderFaults(placeholder, file, declared)),
    ...unusedFaults(workload, file, declared),
    ...sourceFaults(workload, file),
    ...patternFaults(workload),
  ];
}

interface Placeholder {
  readonly path: FaultPath;
  /** The whole of `{name}`, or a single brace. */
  readonly token: string;
  /** Absent for a single brace. */
  readonly name: string | undefined;
}

/** `{{` and `}}` stand for single braces. */
const TOKEN = /\{\{|\}\}|\{([^{}]*)\}|[{}]/g;

function placeholdersOf({ argv, metrics = {} }: CommandInput): readonly Placeholder[] {
  const files = Object.entries(metrics).flatMap(([name, source]) =>
    'json' in source ? [{ path: ['workload', 'metrics', name, 'json'], text: source.json }] : [],
  );
  return [...argv.map((text, i) => ({ path: ['workload', 'argv', i], text })), ...files].flatMap(({ path, text }) =>
    [...text.matchAll(TOKEN)]
      .filter(([token]) => token !== '{{' && token !== '}}')
      .map(([token, name]) => ({ path, token, name })),
  );
}

function placeholderFaults(
  { path, token, name }: Placeholder,
  file: CampaignPart,
  declared: readonly string[],
): PathFault[] {
  if (name === undefined)
    return [valueFault(path, `has a single ${token}`, `Write ${token}${token} for a brace that is meant as such.`)];
  if (name === 'seed' || name === 'trial_dir') return [];
  if (name.startsWith('data.')) {
    const data = file.needs?.data ?? [];
    if (data.includes(name.slice('data.'.length))) return [];
    return [
      valueFault(path, `uses ${token}, but needs.data does not name it`, 'Add the data set to needs: {data: […]}.'),
    ];
  }
  if (!declared.includes(name)) {
    const known = [...declared, 'seed', 'trial_dir'];
    return [valueFault(path, `uses ${token}, which is no parameter`, suggestion(name, known, 'placeholder'))];
  }
  const input = file.space?.[name];
  const conditional = typeof input === 'object' && 'when' in input && input.when !== undefined;
  return conditional ? [valueFault(path, `uses ${token}, which is not active in every trial`, READ_FILE)] : [];
}

const READ_FILE = 'Let the program read it from {trial_dir}/trial.json, where only active parameters stand.';

/** A plain program that is told only some of its parameters would be tuned in vain. */
function unusedFaults(workload: CommandInput, file: CampaignPart, declared: readonly string[]): PathFault[] {
  const used = new Set(placeholdersOf(workload).map(({ name }) => name));
  const isPlain = workload.metrics !== undefined || declared.some((name) => used.has(name));
  if (!isPlain || used.has('trial_dir')) return [];
  return declared
    .filter((name) => !used.has(name) && isVarying(file.space?.[name]))
    .map((name) =>
      valueFault(
        ['workload', 'argv'],
        `never uses the parameter ${name}`,
        `Add "{${name}}", or "{trial_dir}" if the program reads its parameters from trial.json there.`,
      ),
    );
}

const isVarying = (input: NonNullable<CampaignFile['space']>[string] | undefined): boolean =>
  typeof input === 'object' && !('value' in input);

/** A plain program must have a source for every metric; one without any source reports over the trial protocol. */
function sourceFaults({ metrics }: CommandInput, file: CampaignPart): PathFault[] {
  if (metrics === undefined) return [];
  const names = Object.keys(metrics);
  const objectives = Object.entries(file.objectives ?? {}).flatMap(([name, input]) => {
    const objective = buildObjective(name, input);
    return objective.from === 'metric' ? [{ path: ['objectives', name], metric: objective.metric }] : [];
  });
  const extras = Object.keys(file.metrics ?? {}).map((metric) => ({ path: ['metrics', metric], metric }));
  return [...objectives, ...extras]
    .filter(({ metric }) => !names.includes(metric))
    .map(({ path, metric }) => ({
      path,
      at: 'key',
      problem: `is the metric ${metric}, for which workload.metrics has no source`,
      remedy: `Add ${metric}: {pattern: "${metric}=([0-9.]+)"} there. ${suggestion(metric, names, 'metric')}`,
    }));
}

const GROUP = 'Put the number into parentheses, as in "loss=([0-9.]+)".';

function patternFaults({ metrics = {} }: CommandInput): PathFault[] {
  return Object.entries(metrics).flatMap(([name, source]) => {
    if (!('pattern' in source)) return [];
    try {
      // An alternative that always matches tells the number of groups.
      const groups = (new RegExp(`${source.pattern}|`).exec('')?.length ?? 1) - 1;
      return groups > 0 ? [] : [valueFault(['workload', 'metrics', name, 'pattern'], 'has no group', GROUP)];
    } catch (error) {
      const reason = error instanceof Error ? error.message.replace(/^.*: /, '') : String(error);
      return [
        valueFault(
          ['workload', 'metrics', name, 'pattern'],
          `is no regular expression: ${reason}`,
          'Write for example "loss=([0-9.]+)".',
        ),
      ];
    }
  });
}

function argumentFaults({ argv }: CommandInput): PathFault[] {
  const [program = ''] = argv;
  if (program.trim() === '')
    return [valueFault(['workload', 'argv', 0], 'is empty', 'Write the program, such as python3.')];
  if (argv.length > 1 || !/\s/.test(program)) return [];
  const parts = program.trim().split(/\s+/);
  return [
    valueFault(
      ['workload', 'argv', 0],
      'holds a whole command line',
      `Write one entry per argument: [${parts.join(', ')}].`,
    ),
  ];
}
