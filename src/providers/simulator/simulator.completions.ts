import { type CompletionRequest } from '../../protocol/completions.js';
import { tokenUsageFromOpenAi } from '../../protocol/openai-usage.js';
import { type StreamPart } from '../provider-adapter.interface.js';
import { jsonAnswer, type SimulatedOperation } from './simulator.capability.js';
import { refused, reportOthers } from './simulator.parameters.js';
import { CHARACTERS_PER_TOKEN, digestOf, tokensIn, wordsOf } from './simulator.text.js';
import { type SimulatorControls } from './simulator.types.js';

const DONE: ReadonlySet<string> = new Set([
  'model',
  'prompt',
  'echo',
  'max_tokens',
  'stream',
  'stream_options',
  'n',
  'user',
  'simulator',
  // The answer is always the same, which is one that every seed and temperature allows.
  'seed',
  'temperature',
  'top_p',
]);

/** Each prompt comes back, as long as it may be. */
export const SIMULATED_COMPLETIONS: SimulatedOperation<CompletionRequest> = {
  content: ['content'],
  report: ({ body, unsupported }) => {
    const { n } = body.value;
    if (typeof n === 'number' && n > 1) throw refused('n', 'The simulator gives one answer to a prompt.');
    reportOthers(body.value, DONE, unsupported);
  },
  answer: ({ request, body }, controls) => {
    const { head, choices, usage } = complete(request, body.value, controls);
    const written = choices.map(({ text, reason }, index) => ({ text, index, logprobs: null, finish_reason: reason }));
    return jsonAnswer({ ...head, choices: written, usage }, tokenUsageFromOpenAi(usage));
  },
  stream: ({ request, body }, controls) => {
    const { head, choices, usage } = complete(request, body.value, controls);
    const event = (fields: Record<string, unknown>): Buffer =>
      Buffer.from(`data: ${JSON.stringify({ ...head, ...fields })}\n\n`);
    const chunk = (index: number, text: string, reason: string | null): StreamPart => ({
      bytes: event({ choices: [{ text, index, logprobs: null, finish_reason: reason }] }),
      hasContent: true,
      textBytes: Buffer.byteLength(text),
    });
    const counted = request.stream_options?.include_usage === true ? event({ choices: [], usage }) : Buffer.alloc(0);
    return {
      parts: [
        ...choices.flatMap(({ text, reason }, index) => [
          ...wordsOf(text).map((word) => chunk(index, word, null)),
          chunk(index, '', reason),
        ]),
        { bytes: counted, hasContent: false, textBytes: 0, usage: tokenUsageFromOpenAi(usage) },
      ],
    };
  },
};

function complete(
  request: CompletionRequest,
  fields: Readonly<Record<string, unknown>>,
  { content }: SimulatorControls,
) {
  const { max_tokens: given, echo } = fields;
  const limit = typeof given === 'number' ? given : Number.POSITIVE_INFINITY;
  const prompts = promptsOf(request.prompt);
  const choices = prompts.map((prompt) => {
    const whole = content ?? prompt;
    const isCut = tokensIn(whole) > limit;
    const written = isCut ? whole.slice(0, limit * CHARACTERS_PER_TOKEN) : whole;
    return {
      text: (echo === true ? prompt : '') + written,
      reason: isCut ? 'length' : 'stop',
      tokens: tokensIn(written),
    };
  });
  const read = Math.max(
    1,
    prompts.reduce((sum, prompt) => sum + tokensIn(prompt), 0),
  );
  const written = choices.reduce((sum, { tokens }) => sum + tokens, 0);
  return {
    head: {
      id: `cmpl-simulated-${digestOf(request.prompt)}`,
      object: 'text_completion',
      created: 0,
      model: request.model,
      system_fingerprint: 'nestgate-simulator',
    },
    choices,
    usage: { prompt_tokens: read, completion_tokens: written, total_tokens: read + written },
  };
}

/** Token ids are written as numbers: the simulator has no vocabulary. */
function promptsOf(prompt: CompletionRequest['prompt']): string[] {
  if (typeof prompt === 'string') return [prompt];
  const [first] = prompt;
  if (typeof first === 'number') return [prompt.join(' ')];
  return prompt.map((item) => (Array.isArray(item) ? item.join(' ') : String(item)));
}
