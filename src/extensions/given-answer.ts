import { type CallAnswer } from '../events/call-answer.js';
import { type CallContext } from '../events/call-context.js';
import { type ChatCompletion } from '../protocol/chat-completions.js';
import { type ExtensionAnswer } from './gateway-extension.interface.js';

/** What an extension gave, as it goes to the client: a completion in place of a stream becomes the shortest stream. */
export function toCallAnswer(call: CallContext, given: ExtensionAnswer): CallAnswer {
  if ('bytes' in given && Buffer.isBuffer(given.bytes)) return given as CallAnswer;
  if (call.streaming && call.operation.capability === 'chat') {
    return { contentType: 'text/event-stream; charset=utf-8', bytes: Buffer.from(eventsOf(given as ChatCompletion)) };
  }
  return { contentType: 'application/json', bytes: Buffer.from(JSON.stringify(given)) };
}

function eventsOf({ choices, usage: _usage, ...completion }: ChatCompletion): string {
  const chunk = { ...completion, object: 'chat.completion.chunk' };
  const deltas = choices.map(({ index, message: { tool_calls: calls, ...message } }) => ({
    index,
    delta: { ...message, ...(calls && { tool_calls: calls.map((call, at) => ({ index: at, ...call })) }) },
    finish_reason: null,
  }));
  const ends = choices.map(({ index, finish_reason: reason }) => ({ index, delta: {}, finish_reason: reason }));
  const events = [
    { ...chunk, choices: deltas },
    { ...chunk, choices: ends },
  ];
  return [...events.map((event) => JSON.stringify(event)), '[DONE]'].map((data) => `data: ${data}\n\n`).join('');
}
