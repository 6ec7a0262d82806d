import { text as textOf } from 'node:stream/consumers';
import { EventSourceParserStream } from 'eventsource-parser/stream';
import { isObject, parseJson } from '../protocol/json.js';
import { CommandFailure, EXIT, type ExitCode } from './exit-code.js';
import { type RestClient } from './rest/rest-client.js';
import { type GivenOptions } from './rest/run-rest-command.js';
import { plain } from './table.js';
import { print, printJson, remark, type Terminal } from './terminal.js';

/**
 * Asks a model, and writes its answer as it comes.
 * @param words the message; standard input where there are none.
 * @throws CommandFailure
 */
export async function chat(
  words: readonly string[],
  options: GivenOptions,
  client: RestClient,
  terminal: Terminal,
): Promise<ExitCode> {
  const isJson = options['json'] === true;
  const { system } = options;
  if (words.length === 0 && terminal.stdin.isTTY === true) remark(terminal, 'Type the message, then Ctrl-D.');
  const content = words.length > 0 ? words.join(' ') : await textOf(terminal.stdin);
  const body = {
    model: options['model'] ?? (await firstModel(client)),
    messages: [...(system === undefined ? [] : [{ role: 'system', content: system }]), { role: 'user', content }],
    ...(isJson ? {} : { stream: true, stream_options: { include_usage: true } }),
  };
  const response = await client.ask({ method: 'POST', path: '/v1/chat/completions', body });
  if (isJson) {
    printJson(terminal, parseJson(await response.text()));
    return EXIT.ok;
  }
  const usage = await writeStream(response, terminal);
  const deployment = response.headers.get('x-nestgate-deployment');
  if (terminal.stderr.isTTY === true) remark(terminal, plain(`[${deployment ?? 'cache'}${usage}]`));
  return EXIT.ok;
}

/** For who has not said which. */
async function firstModel(client: RestClient): Promise<unknown> {
  const response = await client.ask({ method: 'GET', path: '/v1/models' });
  const answer = parseJson(await response.text());
  const [first]: unknown[] = isObject(answer) && Array.isArray(answer['data']) ? answer['data'] : [];
  if (isObject(first)) return first['id'];
  throw new CommandFailure('This key may use no model that is known: say which with --model.', EXIT.notFound);
}

/** @returns what it used, for a remark. */
async function writeStream({ body }: Response, terminal: Terminal): Promise<string> {
  if (body === null) throw new CommandFailure('There is no answer: is that a Nestgate?');
  const { stdout } = terminal;
  let usage = '';
  let isDone = false;
  const events = body.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream());
  try {
    for await (const { data } of events as unknown as AsyncIterable<{ data: string }>) {
      if (data === '[DONE]') {
        isDone = true;
        continue;
      }
      const chunk = parseJson(data);
      if (!isObject(chunk)) continue;
      if (isObject(chunk['error'])) throw new CommandFailure(plain(String(chunk['error']['message'])));
      const piece = contentOf(chunk);
      if (piece !== '') stdout.write(stdout.isTTY === true ? shownTo(piece) : piece);
      if (isObject(chunk['usage'])) {
        usage = `, ${String(chunk['usage']['prompt_tokens'])} + ${String(chunk['usage']['completion_tokens'])} tokens`;
      }
    }
  } catch (error) {
    print(terminal, '');
    throw error instanceof CommandFailure ? error : new CommandFailure('The answer was cut off: ask again.');
  }
  print(terminal, '');
  if (!isDone) throw new CommandFailure('The answer was cut off: ask again.');
  return usage;
}

/** A terminal obeys what is written to it; lines stay lines. */
function shownTo(piece: string): string {
  return piece
    .split('\n')
    .map((line) => line.split('\t').map(plain).join('\t'))
    .join('\n');
}

function contentOf({ choices }: Record<string, unknown>): string {
  const [choice]: unknown[] = Array.isArray(choices) ? choices : [];
  const delta = isObject(choice) ? choice['delta'] : undefined;
  const content = isObject(delta) ? (delta['content'] ?? delta['refusal']) : undefined;
  return typeof content === 'string' ? content : '';
}
