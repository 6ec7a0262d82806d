import { type ChatUsage } from '../../src/protocol/chat-completions.js';
import { dataOf } from '../support/chat-client.js';
import { type Json, list, object, string } from './provider-double.js';

/** What a client was told, whole or in pieces. */
export interface Told {
  readonly text: string;
  readonly reasoning: string;
  readonly refusal: string;
  readonly calls: readonly { readonly id: string; readonly name: string; readonly arguments: unknown }[];
  readonly finish: unknown;
  readonly usage: ChatUsage | undefined;
  /** As a client would send it back. */
  readonly message: Json;
}

export function readCompletion(completion: Json): Told {
  const choice = list(completion['choices'])[0] ?? {};
  return told(object(choice['message']), choice['finish_reason'], completion['usage'] as ChatUsage | undefined);
}

/** Puts chunks together as clients do: texts are joined, details are kept as they came. */
export function readChunks(text: string): Told {
  const message: Json = { role: 'assistant', content: '' };
  const calls: Json[] = [];
  let finish: unknown;
  let usage: ChatUsage | undefined;
  for (const chunk of dataOf(text).map(object)) {
    if (chunk['error'] !== undefined) throw new Error(`The stream holds an error: ${JSON.stringify(chunk['error'])}`);
    // Azure begins with what its filter thought of the prompt, which is no chunk yet.
    const isPrelude = chunk['prompt_filter_results'] !== undefined;
    if (!isPrelude && chunk['object'] !== 'chat.completion.chunk')
      throw new Error(`No chunk: ${JSON.stringify(chunk)}`);
    usage = (chunk['usage'] as ChatUsage | null | undefined) ?? usage;
    for (const choice of list(chunk['choices'])) {
      if (choice['finish_reason'] && finish) throw new Error('There are two ends.');
      finish = choice['finish_reason'] ?? finish;
      const delta = object(choice['delta']);
      for (const name of ['content', 'reasoning_content', 'refusal']) {
        const piece = delta[name];
        if (typeof piece === 'string') message[name] = `${string(message[name])}${piece}`;
      }
      const details = list(delta['reasoning_details']);
      if (details.length > 0) message['reasoning_details'] = [...list(message['reasoning_details']), ...details];
      for (const call of list(delta['tool_calls'])) joinCall(calls, call);
    }
  }
  if (calls.length > 0) message['tool_calls'] = calls;
  if (message['content'] === '' && calls.length > 0) message['content'] = null;
  return told(message, finish, usage);
}

function joinCall(calls: Json[], delta: Json): void {
  const index = Number(delta['index']);
  if (!(index <= calls.length)) throw new Error(`A tool call has the index ${String(delta['index'])}.`);
  const { name, arguments: piece } = object(delta['function']);
  const known = calls[index];
  if (known === undefined) {
    const { index: _, ...call } = delta;
    calls.push({ ...call, function: { name, arguments: piece ?? '' } });
    return;
  }
  const fields = object(known['function']);
  fields['arguments'] = `${String(fields['arguments'])}${typeof piece === 'string' ? piece : ''}`;
}

function told(message: Json, finish: unknown, usage: ChatUsage | undefined): Told {
  return {
    text: string(message['content']),
    reasoning: string(message['reasoning_content']),
    refusal: string(message['refusal']),
    calls: list(message['tool_calls']).map((call) => {
      const { name, arguments: written } = object(call['function']);
      return { id: string(call['id']), name: string(name), arguments: JSON.parse(string(written)) as unknown };
    }),
    finish,
    usage,
    message,
  };
}
