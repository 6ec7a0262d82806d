import { type ChatCompletion } from '../../protocol/chat-completions.js';
import { tokenUsageFromOpenAi } from '../../protocol/openai-usage.js';
import { type Answer } from '../provider-adapter.interface.js';
import { type SimulatedAnswer } from './simulator.types.js';

export function toAnswer(simulated: SimulatedAnswer): Answer {
  const { content, reasoning, toolCalls, finishReason } = simulated;
  const completion: ChatCompletion = {
    id: simulated.id,
    object: 'chat.completion',
    created: simulated.created,
    model: simulated.model,
    system_fingerprint: 'nestgate-simulator',
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          content,
          refusal: null,
          ...(reasoning === undefined ? {} : { reasoning_content: reasoning }),
          ...(toolCalls.length === 0
            ? {}
            : {
                tool_calls: toolCalls.map((call) => ({
                  id: call.id,
                  type: 'function',
                  function: { name: call.name, arguments: call.arguments },
                })),
              }),
        },
        finish_reason: finishReason,
        logprobs: null,
      },
    ],
    usage: simulated.usage,
  };
  return {
    contentType: 'application/json',
    bytes: Buffer.from(JSON.stringify(completion)),
    usage: tokenUsageFromOpenAi(simulated.usage),
    textBytes: 0,
  };
}
