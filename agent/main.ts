/** The agent's side of `ecopt`: reads the command line, runs one command, turns errors into one line each. */

import { Command, CommanderError } from 'commander';

import { TunerError, UsageError } from '../shared/domain/errors.js';
import { systemClock } from '../shared/runtime/clock.js';
import { interruptions } from '../shared/runtime/interruptions.js';
import { agentCommand, type AgentFlags } from './agent-command.js';
import { EXIT, type AgentContext } from './agent-context.js';
import { doctorCommand, type DoctorFlags } from './doctor-command.js';
import { addMachineFlags } from './machine-flags.js';
import { tryCommand, type TryFlags } from './try-command.js';

/** @returns The exit status. */
export async function main(argv: readonly string[]): Promise<number> {
  let status: number = EXIT.done;
  const program = commands(processContext(), (result) => (status = result));
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return status;
  } catch (error) {
    return explain(error);
  }
}

type Done = (status: number) => void;

function commands(context: AgentContext, done: Done): Command {
  const program = new Command('ecopt')
    .exitOverride()
    .showSuggestionAfterError()
    .configureOutput({ outputError: (text, write) => write(oneLine(text)) })
    .helpCommand(false);
  addAgentCommand(program, context, done);
  addMachineFlags(program.command('try').argument('<file>', 'campaign file (YAML)'))
    .description(
      'Run one configuration of a campaign on this machine, output in the terminal, and show its joules and every metric found or missing. Parameters that are not set take a middling value.',
    )
    .option('--set <name=value>', 'value of one parameter; may be given again', collect)
    .option('--data <name=path>', 'folder of a data set that the campaign names; may be given again', collect)
    .option('--json', 'one JSON object instead of text')
    .action(async (file: string, flags: TryFlags) => done(await tryCommand(file, flags, context)));
  addMachineFlags(program.command('doctor'))
    .description('Show what this machine offers, how its energy will be known, and whether a trial could run here.')
    .option('--json', 'one JSON object instead of text')
    .action(async (flags: DoctorFlags) => done(await doctorCommand(flags, context)));
  return program;
}

function addAgentCommand(program: Command, context: AgentContext, done: Done): void {
  addMachineFlags(program.command('agent'))
    .description(
      'Offer this machine to a coordinator. Ctrl-C once: finish what runs, then leave; twice: hand back and leave at once.',
    )
    .option('--coordinator <host:port>', 'where the coordinator is', '127.0.0.1:7411')
    .option('--name <name>', 'name of this agent (default: the host name)')
    .option('--allow-command [patterns...]', 'run outside programs: any, or those whose command line fits a pattern')
    .option('--label <name=value>', 'a label that campaigns may ask for; may be given again', collect)
    .option('--data <name=path>', 'folder of a data set that campaigns may ask for; may be given again', collect)
    .option('--state <dir>', 'folder for what must outlive the agent (default: ~/.local/state/ecopt)')
    .option('--tls-ca <file>', 'authority that signed the coordinator’s certificate (PEM)')
    .option('--tls-cert <file>', 'certificate of this machine (PEM)')
    .option('--tls-key <file>', 'key of that certificate (PEM)')
    .option('--parent <pid>', 'leave when this process is gone')
    .option('--log-level <level>', 'debug, info, warn, error or silent', 'info')
    .option('--json', 'one JSON object per log line')
    .action(async (flags: AgentFlags) => done(await agentCommand(flags, context)));
}

const collect = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];

function processContext(): AgentContext {
  return {
    environment: process.env,
    workingFolder: process.cwd(),
    processId: process.pid,
    clock: systemClock,
    stdout: process.stdout,
    ...interruptions(process, systemClock),
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
