import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { text as textOf } from 'node:stream/consumers';
import { isObject, parseJson } from '../../protocol/json.js';
import { CommandFailure, EXIT, type ExitCode } from '../exit-code.js';
import { membersOf, tableOf } from '../table.js';
import { whileWaiting } from '../progress.js';
import { print, printJson, remark, type Terminal } from '../terminal.js';
import { type Field, type RestCommand } from './rest-command.js';
import { type RestClient, type RestRequest } from './rest-client.js';

/** Options as they were given, by their names. */
export type GivenOptions = Readonly<Record<string, unknown>>;

interface Asked {
  readonly command: RestCommand;
  readonly method: string;
  readonly path: string;
  readonly options: GivenOptions;
  readonly client: RestClient;
  readonly terminal: Terminal;
}

/**
 * Does what a command says, and writes what came of it.
 * @param words the arguments, in the order in which they stand in its path.
 * @throws CommandFailure
 */
export async function runRestCommand(
  command: RestCommand,
  words: readonly string[],
  options: GivenOptions,
  client: RestClient,
  terminal: Terminal,
): Promise<ExitCode> {
  const [method = '', template = ''] = command.call.split(' ');
  const asked: Asked = { command, method, path: pathOf(template, words), options, client, terminal };
  const query = queryOf(command.query ?? [], options);
  if (options['all'] === true) return allPages(asked, query);
  const body = await bodyOf(asked);
  const answer = await answerTo(asked, {
    method,
    path: withQuery(asked.path, query),
    headers: await headersOf(asked, template),
    ...(body === undefined ? {} : { body }),
  });
  if (command.shown.as === 'text') {
    terminal.stdout.write(answer);
    return EXIT.ok;
  }
  if (command.shown.as === 'nothing') return EXIT.ok;
  return show(asked, parseJson(answer));
}

/** However long it takes: a person sees that it goes on. */
function answerTo({ options, client, terminal }: Asked, request: RestRequest): Promise<string> {
  const ask = async (): Promise<string> => (await client.ask(request)).text();
  return options['json'] === true ? ask() : whileWaiting(terminal, ask);
}

/** With the arguments in place of what stands in braces. */
export function pathOf(template: string, words: readonly string[]): string {
  let index = 0;
  return template.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const word = words[index++] ?? '';
    // A path with dots in it is another path, and one without a name that of the list.
    if (word === '' || word === '.' || word === '..') {
      throw new CommandFailure(`That is not the ${name} of anything.`, EXIT.usage);
    }
    // Names of models hold slashes.
    return template.startsWith('/v1/') ? word.split('/').map(encodeURIComponent).join('/') : encodeURIComponent(word);
  });
}

export function queryOf(fields: readonly Field[], options: GivenOptions): URLSearchParams {
  const query = new URLSearchParams();
  for (const { name } of fields) {
    const value = options[name];
    if (value !== undefined) query.set(name, Array.isArray(value) ? value.join(',') : String(value as string | number));
  }
  return query;
}

export function withQuery(path: string, query: URLSearchParams): string {
  return query.size === 0 ? path : `${path}?${query.toString()}`;
}

function show({ command: { shown, isBad }, options, terminal }: Asked, answer: unknown): ExitCode {
  const exitCode = isObject(answer) && isBad?.(answer) === true ? EXIT.failed : EXIT.ok;
  if (options['json'] === true) {
    printJson(terminal, answer);
    return exitCode;
  }
  if (shown.as !== 'list') {
    print(terminal, membersOf(answer));
    return exitCode;
  }
  const { items, next } = pageIn(answer, shown.list);
  print(terminal, tableOf(items, shown.columns));
  if (next !== undefined) remark(terminal, `There are more: --cursor ${next}, or --all.`);
  if (isObject(answer) && answer['truncated'] === true) remark(terminal, 'There are more: ask for less at a time.');
  return exitCode;
}

/** Page after page, each as soon as it is there: for programs a line of JSON for each item. */
async function allPages(asked: Asked, query: URLSearchParams) {
  const {
    command: { shown },
    path,
    options,
    terminal,
  } = asked;
  if (shown.as !== 'list') throw new TypeError('Not a list');
  query.set('limit', '1000');
  const whole: unknown[] = [];
  for (;;) {
    const answer = await answerTo(asked, { method: 'GET', path: withQuery(path, query) });
    const { items, next } = pageIn(parseJson(answer), shown.list);
    if (options['json'] === true) for (const item of items) print(terminal, JSON.stringify(item));
    else whole.push(...items);
    if (next === undefined) break;
    query.set('cursor', next);
  }
  if (options['json'] !== true) print(terminal, tableOf(whole, shown.columns));
  return EXIT.ok;
}

function pageIn(answer: unknown, list: string): { readonly items: readonly unknown[]; readonly next?: string } {
  const items = isObject(answer) ? answer[list] : undefined;
  const next = isObject(answer) ? answer['next'] : undefined;
  if (!Array.isArray(items)) throw new CommandFailure(`The answer has no ${list}: is that a Nestgate of this version?`);
  return { items, ...(typeof next === 'string' || typeof next === 'number' ? { next: String(next) } : {}) };
}

async function headersOf(asked: Asked, template: string): Promise<Record<string, string>> {
  const { command, options } = asked;
  const key = options['idempotencyKey'];
  const version = options['ifMatch'] ?? (command.ifMatch === 'required' ? await versionOf(asked, template) : undefined);
  return {
    ...(typeof key === 'string' ? { 'idempotency-key': key } : {}),
    ...(typeof version === 'string' ? { 'if-match': version } : {}),
  };
}

/** Of what is to be changed, as it stands now. */
async function versionOf({ path, client }: Asked, template: string): Promise<string> {
  const [, verb = ''] = /\}(\/\w+)$/.exec(template) ?? [];
  const response = await client.ask({ method: 'GET', path: path.slice(0, path.length - verb.length) });
  await response.body?.cancel();
  const version = response.headers.get('etag');
  if (version !== null) return version;
  throw new CommandFailure('It says no version that could be changed: is it one of the configuration?', EXIT.conflict);
}

/** What `--data` says, and over it what the other options say. */
async function bodyOf({ command, method, options, terminal }: Asked): Promise<unknown> {
  const { body: fields } = command;
  if (fields === undefined) return undefined;
  const { data } = options;
  const given = typeof data === 'string' ? objectOf(await dataOf(data, terminal)) : {};
  const set = fields.map(({ name }) => [name, options[name]] as const).filter(([, value]) => value !== undefined);
  const { clear = [] } = options as { clear?: readonly string[] };
  const known = fields.map(({ name }) => name);
  const unknown = clear.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new CommandFailure(`--clear knows no ${unknown}: it takes ${known.join(', ')}.`, EXIT.usage);
  }
  const body = { ...given, ...Object.fromEntries(set), ...Object.fromEntries(clear.map((name) => [name, null])) };
  if (method === 'PATCH' && Object.keys(body).length === 0) {
    throw new CommandFailure('Nothing is to be changed: say what, or give --data.', EXIT.usage);
  }
  return body;
}

async function dataOf(data: string, { stdin, directory }: Terminal): Promise<string> {
  if (data === '-') return textOf(stdin);
  if (!data.startsWith('@')) return data;
  try {
    return await readFile(resolve(directory, data.slice(1)), 'utf8');
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : '';
    throw new CommandFailure(`The file of --data cannot be read${reason}: name another.`, EXIT.usage);
  }
}

function objectOf(data: string): Record<string, unknown> {
  const value = parseJson(data);
  if (isObject(value)) return value;
  throw new CommandFailure('--data is not a JSON object: give one, @file, or - for standard input.', EXIT.usage);
}
