import { GatewayError } from '../../errors/gateway-error.js';
import { UpstreamError } from '../../errors/upstream-error.js';
import { type CompletionRequest } from '../../protocol/completions.js';
import { toChatUsage } from '../../protocol/openai-usage.js';
import { type UpstreamResponse } from '../../upstream/upstream-request.js';
import { type ChunkHead, type ChunkWriter } from '../chunk-writer.js';
import { type Answer } from '../provider-adapter.interface.js';
import { createdOf, readAnswer, textOf, toFinishReason, toTokenUsage } from './ollama.answer.js';
import { toCompletionLogprobs } from './ollama.logprobs.js';
import { reportOthers, SHARED_PARAMETERS, toLogprobs, toNative, toOptions } from './ollama.parameters.js';
import { type ChatRequestOptions } from './ollama.request.js';
import { type LineTranslator } from './ollama.stream.js';
import { type OllamaAnswer, type OllamaGenerateRequest } from './ollama.types.js';

const READ: ReadonlySet<string> = new Set([
  ...SHARED_PARAMETERS,
  'model',
  'prompt',
  'suffix',
  'stream',
  'stream_options',
  'logprobs',
  'user',
]);

/**
 * A request for the completion of a text as Ollama takes it. The model gets the prompt as it is, which is what this
 * older API promises; only where there is a `suffix` does Ollama need the model's template, to say where the gap is.
 *
 * @throws GatewayError for several prompts, and for token ids.
 * @see https://docs.ollama.com/api/generate
 */
export function toGenerateRequest(
  request: CompletionRequest,
  { upstreamModel, streaming, unsupported }: ChatRequestOptions,
): OllamaGenerateRequest {
  const parameters: Record<string, unknown> = { ...request };
  reportOthers(parameters, READ, unsupported);
  const { suffix, logprobs } = parameters;
  const isGap = typeof suffix === 'string' && suffix !== '';
  return {
    model: upstreamModel,
    prompt: toPrompt(request.prompt),
    ...(isGap ? { suffix } : { raw: true }),
    stream: streaming,
    ...(typeof logprobs === 'number' ? toLogprobs(logprobs) : {}),
    ...toOptions(parameters),
    ...toNative(parameters),
  };
}

function toPrompt(prompt: CompletionRequest['prompt']): string {
  if (typeof prompt === 'string') return prompt;
  const [first] = prompt;
  if (prompt.length === 1 && typeof first === 'string') return first;
  throw new GatewayError('unsupported_parameter', {
    message: 'The model takes one text as its prompt: no token ids, and not several.',
    param: 'prompt',
  });
}

/** @throws UpstreamError where it is not the answer to a completion. */
export function toCompletionAnswer({ body }: UpstreamResponse, { id, model }: ChunkHead): Answer {
  const answer = readAnswer(body);
  const { response: text } = answer;
  if (typeof text !== 'string') {
    throw new UpstreamError('upstream_invalid_response', { message: 'The provider’s answer has no text.' });
  }
  const usage = toTokenUsage(answer);
  const completion = {
    id,
    object: 'text_completion',
    created: createdOf(answer),
    model: textOf(answer.model) || model,
    choices: [
      {
        text,
        index: 0,
        logprobs: toCompletionLogprobs(answer.logprobs, 0),
        finish_reason: toFinishReason(answer.done_reason, false),
      },
    ],
    ...(usage === undefined ? {} : { usage: toChatUsage(usage) }),
  };
  return {
    contentType: 'application/json',
    bytes: Buffer.from(JSON.stringify(completion)),
    usage,
    textBytes: Buffer.byteLength(text),
  };
}

/** The events of a text completion. */
export class CompletionChunks implements LineTranslator {
  readonly head: ChunkHead;
  /** Characters. */
  private length = 0;

  constructor(head: ChunkHead) {
    this.head = { ...head, object: 'text_completion' };
  }

  write(line: OllamaAnswer, chunks: ChunkWriter): void {
    const text = textOf(line.response);
    const logprobs = toCompletionLogprobs(line.logprobs, this.length);
    this.length += text.length;
    if (text === '' && logprobs === null) return;
    chunks.write(JSON.stringify({ text, index: 0, logprobs, finish_reason: null }), text, text !== '');
  }

  finish({ done_reason: reason }: OllamaAnswer, chunks: ChunkWriter): void {
    const choice = { text: '', index: 0, logprobs: null, finish_reason: toFinishReason(reason, false) };
    chunks.write(JSON.stringify(choice));
  }
}
