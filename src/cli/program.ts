import { Argument, Command, InvalidArgumentError, Option } from 'commander';
import { SHELLS, type Shell } from './completion.js';
import { type ExitCode } from './exit-code.js';
import { type Field, list, type RestCommand, type RestGroup } from './rest/rest-command.js';
import { REST_GROUPS } from './rest/rest-groups.js';
import { USAGE_EXPORT } from './rest/usage-groups.js';
import { ADMINISTRATION, GATEWAY, RestClient, type Target } from './rest/rest-client.js';
import { type GivenOptions, runRestCommand } from './rest/run-rest-command.js';
import { print, type Terminal } from './terminal.js';

const ENVIRONMENT = `
Environment:
  NESTGATE_ADMIN_TOKEN  the token of an administrator
  NESTGATE_ADMIN_URL    where the administration is (http://localhost:8081)
  NESTGATE_API_KEY      the key of a client, for chat and models
  NESTGATE_URL          where the gateway is (http://localhost:8080)

Exit codes:
  0  done                             4  the token or key is not good for it
  1  not done, or something is bad    5  there is no such thing
  2  the command line is wrong        6  somebody else was quicker, or it is in use
  3  nobody answers                  78  the configuration is wrong
`;

/**
 * The commands. What one needs is loaded when it is run.
 * @param ended takes the exit code of the command that was run.
 */
export function programFor(terminal: Terminal, ended: (exitCode: ExitCode) => void): Command {
  const program = new Command('nestgate')
    .description('An LLM API gateway: the server, and what administrates it.')
    .exitOverride()
    .showHelpAfterError('Add --help for what it takes.')
    .configureOutput({
      writeOut: (text) => void terminal.stdout.write(text),
      writeErr: (text) => void terminal.stderr.write(text),
      getOutHelpWidth: () => 110,
      getErrHelpWidth: () => 110,
    })
    .addHelpText('after', ENVIRONMENT);

  program
    .command('serve')
    .description('start the server, as without a command')
    .action(async () => (await import('../server/serve.js')).serve());
  for (const group of REST_GROUPS) addGroup(program, group, terminal, ended);
  addExplain(program, terminal, ended);
  addChat(program, terminal, ended);
  addMigrate(program, terminal, ended);
  withJson(program.command('doctor').description('look at all that a server needs, and say what to do')).action(
    async ({ json }: { json?: boolean }) => ended(await (await import('./doctor.js')).examine(json === true, terminal)),
  );
  program
    .command('completion')
    .description('print a script that completes commands in a shell')
    .addArgument(new Argument('<shell>').choices(SHELLS))
    .action(async (shell: Shell) => {
      print(terminal, (await import('./completion.js')).completionScript(shell, program));
    });
  return program;
}

function addGroup(program: Command, group: RestGroup, terminal: Terminal, ended: (exitCode: ExitCode) => void): void {
  const parent = program.command(group.name).description(group.says);
  const target = group.port === 'clients' ? GATEWAY : ADMINISTRATION;
  for (const command of group.commands) {
    const one = parent.command(command.verb).description(command.says);
    for (const [, name] of command.call.matchAll(/\{(\w+)\}/g)) one.argument(`<${name}>`);
    addOptions(one, command);
    withJson(withTarget(one, target)).action(async (...given: unknown[]) => {
      const options = one.opts<GivenOptions>();
      const words = given.slice(0, one.registeredArguments.length).map(String);
      ended(await runRestCommand(command, words, options, await clientOf(target, options, terminal), terminal));
    });
  }
  if (group.name === 'usage') addUsageExport(parent, terminal, ended);
}

function addOptions(one: Command, command: RestCommand): void {
  for (const field of [...(command.query ?? []), ...(command.body ?? [])]) addField(one, field);
  if (command.body !== undefined) {
    one.option('--data <json>', 'all of it as a JSON object, @file, or - for standard input');
  }
  if (command.isPatch) addField(one, list('clear', 'members to clear'));
  if (command.ifMatch !== undefined) one.option('--if-match <etag>', 'only while it is this version');
  if (command.isIdempotent) one.option('--idempotency-key <key>', 'done once, however often it is asked for');
  if (command.shown.as === 'list' && command.shown.isPaged) {
    one.option('--all', 'all pages; with --json a line for each item');
  }
}

function addUsageExport(usage: Command, terminal: Terminal, ended: (exitCode: ExitCode) => void): void {
  const one = usage.command('export').description('write all records, as they are read');
  for (const field of USAGE_EXPORT.query) addField(one, field);
  withTarget(one.option('--output <file>', 'there, and not to standard output'), ADMINISTRATION).action(async () => {
    const options = one.opts<GivenOptions>();
    const { exportUsage } = await import('./usage-export.js');
    ended(await exportUsage(options, await clientOf(ADMINISTRATION, options, terminal), terminal));
  });
}

function addExplain(program: Command, terminal: Terminal, ended: (exitCode: ExitCode) => void): void {
  const one = program
    .command('explain')
    .description('say what would become of a request; no provider hears of it')
    .argument('[message]', 'what a chat would ask', 'Hello!')
    .option('--model <name>', 'of which model')
    .option('--key <key>', 'with the key of this id or name')
    .option('--endpoint <path>', 'where it would be sent (/v1/chat/completions)')
    .option('--data <json>', 'the request');
  withJson(withTarget(one, ADMINISTRATION)).action(async (message: string) => {
    const options = one.opts<GivenOptions>();
    const { explain } = await import('./explain.js');
    ended(await explain(message, options, await clientOf(ADMINISTRATION, options, terminal), terminal));
  });
}

function addChat(program: Command, terminal: Terminal, ended: (exitCode: ExitCode) => void): void {
  const one = program
    .command('chat')
    .description('ask a model, and see the answer as it comes')
    .argument('[message...]', 'the message; without one it is read from standard input')
    .option('--model <name>', 'which one (the first that the key may use)')
    .option('--system <text>', 'what the model is told before');
  withJson(withTarget(one, GATEWAY)).action(async (words: readonly string[]) => {
    const options = one.opts<GivenOptions>();
    const { chat } = await import('./chat.js');
    ended(await chat(words, options, await clientOf(GATEWAY, options, terminal), terminal));
  });
}

function addMigrate(program: Command, terminal: Terminal, ended: (exitCode: ExitCode) => void): void {
  const parent = program.command('migrate').description('the tables of the configured database');
  withJson(parent.command('plan').description('say what is to be done')).action(async ({ json }: { json?: boolean }) =>
    ended(await (await import('./migrate.js')).planMigrations(json === true, terminal)),
  );
  withJson(parent.command('run').description('do it')).action(async ({ json }: { json?: boolean }) =>
    ended(await (await import('./migrate.js')).runMigrations(json === true, terminal)),
  );
}

function clientOf(target: Target, options: GivenOptions, terminal: Terminal): Promise<RestClient> {
  const { url, tokenFile, keyFile } = options as { url?: string; tokenFile?: string; keyFile?: string };
  return RestClient.to(target, { url, secretFile: tokenFile ?? keyFile }, terminal);
}

function withTarget(command: Command, { fileOption, urlVariable, secretVariable }: Target): Command {
  return command
    .option('--url <url>', `where to ask (${urlVariable})`)
    .option(`${fileOption} <file>`, `holds what to ask with (${secretVariable})`);
}

function withJson(command: Command): Command {
  return command.option('--json', 'for programs');
}

function addField(command: Command, { name, kind, says }: Field): void {
  const long = name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  if (kind === 'flag') {
    command.option(`--${long}`, says).addOption(new Option(`--no-${long}`, 'the opposite').hideHelp());
    return;
  }
  const value = { text: 'text', whole: 'number', list: 'a,b', json: 'json' }[kind];
  const option = new Option(`--${long} <${value}>`, says);
  if (kind === 'whole') option.argParser(wholeOf);
  if (kind === 'json') option.argParser(jsonOf);
  if (kind === 'list') option.argParser(listOf);
  command.addOption(option);
}

function wholeOf(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It is no whole number.');
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new InvalidArgumentError('It is not JSON.');
  }
}

function listOf(text: string, before: readonly string[] = []): string[] {
  return [...before, ...text.split(',').filter((one) => one !== '')];
}
