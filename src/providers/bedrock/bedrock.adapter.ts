import { Injectable, Optional } from '@nestjs/common';
import { type ChatCompletionRequest } from '../../protocol/chat-completions.js';
import { UpstreamClient } from '../../upstream/upstream-client.js';
import { AdapterFor } from '../adapter-for.decorator.js';
import { HttpCapability } from '../http-capability.js';
import { type HttpDialect } from '../http-dialect.js';
import { type Provider, type ProviderAdapter, type ProviderSettings } from '../provider-adapter.interface.js';
import { type BedrockAccess, KEY_ACCESS, signedAccess } from './bedrock.access.js';
import { AwsCredentialSource, credentialsOf } from './bedrock.credentials.js';
import { BedrockEmbeddings } from './bedrock.embeddings-capability.js';
import { type BedrockEndpoints, bedrockEndpoints, modelPath } from './bedrock.endpoint.js';
import { BEDROCK_LIMITS } from './bedrock.limits.js';
import { listBedrockModels } from './bedrock.model-list.js';
import { toConverseRequest } from './bedrock.request.js';
import { answerHead, toChatAnswer } from './bedrock.response.js';
import { BedrockStreamReader } from './bedrock.stream.js';

/**
 * Speaks to Amazon Bedrock: chats by its Converse API, whichever the model, embeddings by InvokeModel. It is let in by an
 * API key of Bedrock's (`apiKey`), by access keys, or by what AWS's own tools would find.
 *
 * @see https://docs.aws.amazon.com/bedrock/latest/APIReference/welcome.html
 */
@Injectable()
@AdapterFor('bedrock')
export class BedrockAdapter implements ProviderAdapter {
  /** @param credentials of the host, in place of AWS's default chain. */
  constructor(
    private readonly upstream: UpstreamClient,
    @Optional() private readonly credentials?: AwsCredentialSource,
  ) {}

  connect(settings: ProviderSettings): Provider {
    const { upstream } = this;
    const { apiKey } = settings;
    const endpoints = bedrockEndpoints(settings, apiKey);
    const access =
      apiKey === undefined ? signedAccess(endpoints.region, credentialsOf(settings, this.credentials)) : KEY_ACCESS;
    return {
      chat: new HttpCapability(upstream, settings, chatDialect(endpoints, access), access.authorize),
      embeddings: new BedrockEmbeddings(upstream, settings, endpoints, access),
      limits: BEDROCK_LIMITS,
      listModels: (cancellation) => listBedrockModels({ upstream, settings, endpoints, access }, cancellation),
    };
  }
}

function chatDialect(endpoints: BedrockEndpoints, access: BedrockAccess): HttpDialect<ChatCompletionRequest> {
  return {
    toRequest: (call, streaming) => {
      const body = JSON.stringify(toConverseRequest(call.request, call));
      return streaming
        ? endpoints.streaming.post(modelPath(call.upstreamModel, 'converse-stream'), body)
        : endpoints.whole.post(modelPath(call.upstreamModel, 'converse'), body);
    },
    toAnswer: (response, call) => toChatAnswer(response, answerHead(response.headers, call)),
    toStream: (call, headers) =>
      new BedrockStreamReader({
        showsUsage: call.request.stream_options?.include_usage === true,
        head: answerHead(headers, call),
      }),
    toError: access.toError,
  };
}
