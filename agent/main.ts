/** The agent's side of `ecopt`: reads the command line, runs one command, turns errors into one line each. */

import { Command, CommanderError, type Option } from 'commander';

import { EnvironmentError, TunerError, UsageError } from '../shared/domain/errors.js';
import { systemClock } from '../shared/runtime/clock.js';
import { interruptions } from '../shared/runtime/interruptions.js';
import { agentCommand, type AgentFlags } from './agent-command.js';
import { EXIT, type AgentContext } from './agent-context.js';
import { addCalibrateFlags, calibrateCommand, type CalibrateFlags } from './calibrate-command.js';
import { doctorCommand, type DoctorFlags } from './doctor-command.js';
import { addMachineFlags } from './machine-flags.js';
import { measureCommand } from './measure-command.js';
import { MEASURE_DEFAULTS, type MeasureFlags } from './measure-flags.js';
import { watchOutputs } from './output-faults.js';
import { tryCommand, type TryFlags } from './try-command.js';

/** @returns The exit status. */
export async function main(argv: readonly string[]): Promise<number> {
  let status: number = EXIT.done;
  try {
    let isWritten = true;
    watchOutputs([process.stdout, process.stderr], (fault) => {
      isWritten = false;
      process.stderr.write(`ecopt: ${fault}\n`);
    });
    const program = commands(processContext(), (result) => (status = result));
    await program.parseAsync([...argv], { from: 'user' });
    return isWritten ? status : status || EXIT.failed;
  } catch (error) {
    return explain(error);
  }
}

type Done = (status: number) => void;

/** Of commands that keep nothing there. */
const STATE = [
  '--state <dir>',
  'state folder of the agent, whose calibrations hold here too (default: ~/.local/state/ecopt)',
] as const;

function commands(context: AgentContext, done: Done): Command {
  const program = new Command('ecopt')
    .exitOverride()
    .showSuggestionAfterError()
    .configureOutput({ outputError: (text, write) => write(oneLine(text)) })
    .enablePositionalOptions()
    .helpCommand(false)
    .hook('preAction', (_, command) => refuseForgottenValues(command));
  addAgentCommand(program, context, done);
  addMachineFlags(program.command('try').argument('<file>', 'campaign file (YAML)'))
    .description(
      'Run one configuration of a campaign on this machine, output in the terminal, and show its joules and every metric found or missing. Parameters that are not set take a middling value.',
    )
    .option('--set <name=value>', 'value of one parameter; may be given again', collect)
    .option('--data <name=path>', 'folder of a data set that the campaign names; may be given again', collect)
    .option(...STATE)
    .option('--json', 'one JSON object instead of text')
    .action(async (file: string, flags: TryFlags) => done(await tryCommand(file, flags, context)));
  addMachineFlags(program.command('doctor'))
    .description(
      'Show what this machine offers, how well its energy will be known, and whether a trial could run here; tests sensors and clock for 5 s. Works beside a running agent.',
    )
    .option('--quick', 'without the test of 5 s')
    .option(...STATE)
    .option('--json', 'one JSON object instead of text')
    .action(async (flags: DoctorFlags) => done(await doctorCommand(flags, context)));
  addMeasureCommand(program, context, done);
  addCalibrateFlags(program.command('calibrate-meter')).action(async (flags: CalibrateFlags) =>
    done(await calibrateCommand(flags, context)),
  );
  return program;
}

/** The library takes what follows a flag for its value, also the `--` that begins a command. */
function refuseForgottenValues(command: Command): void {
  const forgotten = command.options.find((option) => valuesOf(command, option).includes('--'));
  if (forgotten) throw new UsageError(`${forgotten.long}: has no value before --; give it one, or leave it out`);
}

function valuesOf(command: Command, option: Option): readonly unknown[] {
  const value: unknown = command.getOptionValue(option.attributeName());
  return Array.isArray(value) ? value : [value];
}

function addMeasureCommand(program: Command, context: AgentContext, done: Done): void {
  addMachineFlags(program.command('measure').argument('<command...>', 'program and arguments, best after --'))
    .passThroughOptions()
    .description(
      'Measure the energy of any command, by device, with its uncertainty. The command has input, output, signals and exit status to itself; the report goes to standard error. Works beside a running agent.',
    )
    .option('--repeat <n>', 'run it so many times; gives mean, spread and a 95 % interval')
    .option('--until <share>', 'run it until the mean is known to this, such as 2%: looks after 8, 12, 18, 27, … runs')
    .option('--at-most <n>', `runs that --until may take (default: ${MEASURE_DEFAULTS.atMost})`)
    .option('--idle <duration>', 'meter the machine at rest first, such as 5s, for energy net of idle')
    .option('--every <duration>', `pace of the live line in a terminal; 0: none (default: ${MEASURE_DEFAULTS.every})`)
    .option('--carbon <place>', 'grams of CO2e: a country or region such as DEU, or grams per kilowatt-hour')
    .option('--output <file>', 'the report goes there instead')
    .option(...STATE)
    .option('--json', 'the report is one JSON object')
    .action(async (command: string[], flags: MeasureFlags) => done(await measureCommand(command, flags, context)));
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
    .option(
      '--foreign-processes <rule>',
      'when others use a device: wait for them to leave, yield a running trial too, or ignore them',
      'wait',
    )
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
    workingFolder: workingFolder(),
    processId: process.pid,
    clock: systemClock,
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    signals: process,
    ...interruptions(process, systemClock),
  };
}

/** @throws {EnvironmentError} if it is gone. */
function workingFolder(): string {
  try {
    return process.cwd();
  } catch (cause) {
    throw new EnvironmentError('the working folder is gone; change to another one', {}, { cause });
  }
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
