import { type ChatCompletionChunk, type ChatDelta, type ChatUsage } from '../../protocol/chat-completions.js';
import { tokenUsageFromOpenAi } from '../../protocol/openai-usage.js';
import { type StreamPart } from '../provider-adapter.interface.js';
import { wordsOf } from './simulator.text.js';
import { type SimulatedAnswer } from './simulator.types.js';

/** The parts of a stream, one word each: role, reasoning, text, tool calls, finish, and the usage where it was asked for. */
export function toParts(simulated: SimulatedAnswer, showsUsage: boolean): StreamPart[] {
  const { content, reasoning, toolCalls, finishReason, usage } = simulated;
  const parts = [part(simulated, { role: 'assistant', content: '' }, { hasContent: false })];
  for (const word of wordsOf(reasoning ?? '')) parts.push(part(simulated, { reasoning_content: word }));
  for (const word of wordsOf(content ?? '')) parts.push(part(simulated, { content: word }));
  toolCalls.forEach((call, index) => {
    parts.push(
      part(simulated, {
        tool_calls: [{ index, id: call.id, type: 'function', function: { name: call.name, arguments: '' } }],
      }),
    );
    for (const piece of wordsOf(call.arguments)) {
      parts.push(part(simulated, { tool_calls: [{ index, function: { arguments: piece } }] }));
    }
  });
  parts.push(part(simulated, {}, { finishReason }));
  const counted: StreamPart = {
    bytes: showsUsage ? event(simulated, [], usage) : Buffer.alloc(0),
    hasContent: false,
    textBytes: 0,
    usage: tokenUsageFromOpenAi(usage),
  };
  return [...parts, counted];
}

function part(
  simulated: SimulatedAnswer,
  delta: ChatDelta,
  options: { hasContent?: boolean; finishReason?: SimulatedAnswer['finishReason'] } = {},
): StreamPart {
  const call = delta.tool_calls?.[0]?.function;
  const text =
    delta.content ?? delta.reasoning_content ?? (call === undefined ? '' : (call.name ?? '') + call.arguments);
  return {
    bytes: event(simulated, [{ index: 0, delta, finish_reason: options.finishReason ?? null, logprobs: null }]),
    hasContent: options.hasContent ?? true,
    textBytes: Buffer.byteLength(text),
  };
}

function event(simulated: SimulatedAnswer, choices: ChatCompletionChunk['choices'], usage?: ChatUsage): Buffer {
  const chunk: ChatCompletionChunk = {
    id: simulated.id,
    object: 'chat.completion.chunk',
    created: simulated.created,
    model: simulated.model,
    system_fingerprint: 'nestgate-simulator',
    choices,
    ...(usage === undefined ? {} : { usage }),
  };
  return Buffer.from(`data: ${JSON.stringify(chunk)}\n\n`);
}
