import { type ChatCompletionRequest } from '../../protocol/chat-completions.js';
import { type SimulatedOperation } from './simulator.capability.js';
import { reportLeftOut } from './simulator.parameters.js';
import { simulate } from './simulator.request.js';
import { toAnswer } from './simulator.response.js';
import { toParts } from './simulator.stream.js';

export const SIMULATED_CHAT: SimulatedOperation<ChatCompletionRequest> = {
  content: ['content', 'reasoning', 'tool_calls'],
  report: ({ request, unsupported }) => reportLeftOut(request, unsupported),
  answer: ({ request }, controls) => toAnswer(simulate(request, controls)),
  stream: ({ request }, controls) => ({
    parts: toParts(simulate(request, controls), request.stream_options?.include_usage === true),
  }),
};
