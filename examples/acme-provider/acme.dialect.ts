import {
  type Answer,
  type ChatCompletion,
  type ChatCompletionRequest,
  type ChatMessage,
  GatewayError,
  type HttpDialect,
  type ProviderCall,
  type ProviderEndpoint,
  retryAfterSeconds,
  UpstreamError,
  type UpstreamRequest,
  type UpstreamResponse,
} from '../../src/index.js';
import { reportLeftOut } from './acme.limits.js';
import { AcmeStream } from './acme.stream.js';
import { type AcmeAnswer, type AcmeRequest } from './acme.types.js';
import { parse, toFinishReason, toUsage } from './acme.values.js';

/** OpenAI's chat completions as Acme's: pure functions, testable without HTTP. */
export class AcmeDialect implements HttpDialect<ChatCompletionRequest> {
  constructor(private readonly endpoint: ProviderEndpoint) {}

  toRequest(call: ProviderCall<ChatCompletionRequest>, streaming: boolean): UpstreamRequest {
    const { request, upstreamModel, unsupported } = call;
    reportLeftOut(request, unsupported);
    if (request.tools && request.tools.length > 0) {
      throw new GatewayError('unsupported_parameter', { message: 'Acme knows no tools.', param: 'tools' });
    }
    const limit = request.max_completion_tokens ?? request.max_tokens;
    const body: AcmeRequest = {
      engine: upstreamModel,
      turns: request.messages.map((message, index) => ({ who: whoOf(message), says: textOf(message, index) })),
      ...(limit === undefined || limit === null ? {} : { limit }),
      live: streaming,
    };
    return this.endpoint.post('/generate', JSON.stringify(body));
  }

  toAnswer({ body }: UpstreamResponse, { requestId, upstreamModel }: ProviderCall<ChatCompletionRequest>): Answer {
    const answer = parse(body) as AcmeAnswer;
    const completion: ChatCompletion = {
      id: `chatcmpl-${requestId}`,
      object: 'chat.completion',
      created: Math.floor(Date.now() / 1000),
      model: upstreamModel,
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: answer.text },
          finish_reason: toFinishReason(answer.finished),
        },
      ],
      usage: {
        prompt_tokens: answer.spent.read,
        completion_tokens: answer.spent.written,
        total_tokens: answer.spent.read + answer.spent.written,
      },
    };
    return {
      contentType: 'application/json',
      bytes: Buffer.from(JSON.stringify(completion)),
      usage: toUsage(answer.spent),
      textBytes: Buffer.byteLength(answer.text),
    };
  }

  toStream(call: ProviderCall<ChatCompletionRequest>): AcmeStream {
    return new AcmeStream(call);
  }

  toError(response: UpstreamResponse): UpstreamError {
    return toAcmeError(response);
  }
}

/** Acme says what is wrong as `{"problem": "…"}`. */
export function toAcmeError({ status, headers, body }: UpstreamResponse): UpstreamError {
  const retryAfter = retryAfterSeconds(headers);
  return new UpstreamError('upstream_error', {
    status,
    message: problemIn(body) ?? `Acme answered with status ${status}.`,
    ...(retryAfter === undefined ? {} : { retryAfter }),
  });
}

/** What failed may be a proxy before Acme, which answers in HTML: the status counts then. */
function problemIn(body: Buffer): string | undefined {
  try {
    return (parse(body) as { problem?: string }).problem;
  } catch {
    return undefined;
  }
}

function whoOf({ role }: ChatMessage): 'system' | 'person' | 'machine' {
  if (role === 'system' || role === 'developer') return 'system';
  return role === 'user' ? 'person' : 'machine';
}

function textOf({ content }: ChatMessage, index: number): string {
  if (typeof content === 'string') return content;
  const texts = (content ?? []).map((part, at) => {
    if (part.type === 'text') return part.text;
    const param = `messages[${index}].content[${at}]`;
    throw new GatewayError('unsupported_parameter', { message: `Acme takes texts, no ${part.type}.`, param });
  });
  return texts.join('');
}
