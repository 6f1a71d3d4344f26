/** The coordinator's side of `ecopt`: reads the command line, runs one command, turns errors into one line each. */

import { Command, CommanderError, Option } from 'commander';

import { TunerError, UsageError } from '../shared/domain/errors.js';
import { ECOPT_VERSION } from '../shared/domain/version.js';
import { systemClock } from '../shared/runtime/clock.js';
import { interruptions } from '../shared/runtime/interruptions.js';
import { askTellCommand } from './cli/ask-tell-command.js';
import type { AskTellFlags } from './cli/ask-tell-command.js';
import { listCommand, replayCommand, reportCommand, submitCommand, validateCommand } from './cli/campaign-command.js';
import { EXIT } from './cli/command-context.js';
import type { CommandContext } from './cli/command-context.js';
import { runCommand } from './cli/run-command.js';
import { serveCommand } from './cli/serve-command.js';
import { addServerFlags } from './server-flags.js';

/** @returns The exit status. */
export async function main(argv: readonly string[]): Promise<number> {
  const context = processContext();
  let status: number = EXIT.done;
  const program = commands(context, (result) => (status = result));
  try {
    if (argv.length === 0) program.outputHelp();
    else await program.parseAsync([...argv], { from: 'user' });
    return status;
  } catch (error) {
    return explain(error);
  }
}

type Done = (status: number) => void;

function commands(context: CommandContext, done: Done): Command {
  const program = new Command('ecopt')
    .description(
      'Energy-aware hyperparameter tuning for a whole lab: performance against joules, on every machine you have.',
    )
    .version(ECOPT_VERSION, '--version', 'print the version')
    .helpCommand(false)
    .exitOverride()
    .showSuggestionAfterError()
    .configureOutput({ outputError: (text, write) => write(oneLine(text)) })
    .addHelpText('after', EXAMPLES);
  addServingCommands(program, context, done);
  addCampaignCommands(program, context, done);
  program
    .command('ask-tell <file>')
    .description('configurations for a program that runs trials itself: JSON lines in, JSON lines out')
    .option('--journal <file>', 'keep the session in this file, and go on with what is in it')
    .action(async (file: string, flags: AskTellFlags) =>
      done(await askTellCommand(file, flags, { ...context, stdin: process.stdin })),
    );
  addAgentWords(program);
  return program;
}

function addServingCommands(program: Command, context: CommandContext, done: Done): void {
  addServerFlags(program.command('run').argument('<file>', 'campaign file (YAML)'))
    .description('run a campaign on this machine, with a report at its end; the same command resumes it')
    .option(...FROM)
    .option('--allow-command', 'let the campaign run its own program here')
    .addOption(
      new Option('--simulate <model...>', 'real training, simulated energy: one agent per device model')
        .argParser((models: string, earlier: readonly string[]) => [...earlier, ...models.split(',')])
        .default([], 'none'),
    )
    .option('--no-agent', 'start no agent here; wait for others')
    .action(async (file: string, flags: Parameters<typeof runCommand>[1]) =>
      done(await runCommand(file, flags, context)),
    );
  addServerFlags(program.command('serve').argument('[files...]', 'campaign files (YAML)'))
    .description('serve campaigns to agents that are started elsewhere')
    .option(...FROM)
    .option('--until-done', 'leave when every campaign is closed')
    .action(async (files: string[], flags: Parameters<typeof serveCommand>[1]) =>
      done(await serveCommand(files, flags, context)),
    );
}

function addCampaignCommands(program: Command, context: CommandContext, done: Done): void {
  const state = ['--state <dir>', 'state folder of the coordinator (default: ~/.local/state/ecopt)'] as const;
  const campaign = program
    .command('campaign')
    .description('take in campaigns, and look at them and their files')
    .helpCommand(false);
  campaign
    .command('submit [files...]', { isDefault: true })
    .description('take campaigns into the state folder, for the next ecopt serve')
    .option(...state)
    .option(...FROM)
    .action(async (files: string[], flags: { state?: string; from?: string }) => {
      if (files.length === 0) campaign.help({ error: true });
      done(await submitCommand(files, flags, context));
    });
  campaign
    .command('validate <files...>')
    .description('check campaign files; prints every fault with its line')
    .action(async (files: string[]) => done(await validateCommand(files, context)));
  campaign
    .command('list')
    .description('campaigns of this machine')
    .option(...state)
    .action((flags: { state?: string }) => done(listCommand(flags, context)));
  campaign
    .command('replay <campaign>')
    .description('make every journaled proposal again and compare')
    .option(...state)
    .action((id: string, flags: { state?: string }) => done(replayCommand(id, flags, context)));
  program
    .command('report <campaign>')
    .description('write the report of a campaign anew')
    .option(...state)
    .option('--out <dir>', 'folder for the files (default: reports in the state folder)')
    .action(async (id: string, flags: { state?: string; out?: string }) =>
      done(await reportCommand(id, flags, context)),
    );
}

/** Served by the agent's side; listed here so that one help shows everything. */
function addAgentWords(program: Command): void {
  program.command('agent').description('offer this machine to a coordinator');
  program.command('try').description('run one configuration of a campaign on this machine and show its joules');
  program.command('doctor').description('show what this machine offers and how its energy will be known');
  program.command('measure').description('measure the energy of any command');
  program.command('calibrate-meter').description('fit the gain of this machine’s sensors to a wall meter');
}

const FROM = ['--from <campaign>', 'begin with the trials of an earlier campaign: its id or name'] as const;

const EXAMPLES = `
Examples:
  ecopt run deploy/campaigns/quickstart.yaml      everything on this machine
  ecopt serve campaign.yaml                       a coordinator on one machine ...
  ecopt agent --coordinator HOST:7411             ... and an agent on each other one
  ecopt try campaign.yaml --set lr=0.01           one configuration, output in the terminal

Each command explains itself: ecopt COMMAND --help`;

/** The command as a person would type it again. */
function commandLine(environment: NodeJS.ProcessEnv, words: readonly string[]): string {
  if (environment['npm_lifecycle_event'] === 'quickstart') return 'npm run quickstart';
  const quoted = words.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`));
  return [environment['npm_command'] === 'exec' ? 'npx ecopt' : 'ecopt', ...quoted].join(' ');
}

function processContext(): CommandContext {
  return {
    environment: process.env,
    clock: systemClock,
    stdout: process.stdout,
    stderr: process.stderr,
    ...interruptions(process, systemClock),
    processId: process.pid,
    commandLine: commandLine(process.env, process.argv.slice(2)),
  };
}

/** What the command-line library has to say, in the form of every other fault. */
const oneLine = (text: string): string =>
  `ecopt: ${text
    .trim()
    .replace(/^error: /, '')
    .replace(/\s+/g, ' ')}\n`;

/** Errors on purpose are one line; anything else is a bug and shows its stack. */
function explain(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
  const isOurs = error instanceof TunerError;
  process.stderr.write(`ecopt: ${isOurs ? error.message : error instanceof Error ? error.stack : String(error)}\n`);
  return error instanceof UsageError ? EXIT.usage : EXIT.failed;
}
