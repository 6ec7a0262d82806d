import { Controller } from '@nestjs/common';
import { DispatchService, type DispatchResult } from '../../dispatch/dispatch.service.js';
import { type CallContext } from '../../events/call-context.js';
import { CHAT } from '../../events/operation.js';
import { Call, GatewayEndpoint } from '../gateway-endpoint.decorator.js';
import { checkChatCompletionRequest } from './chat-completions.dto.js';

/** @see https://platform.openai.com/docs/api-reference/chat/create */
@Controller('v1')
export class ChatCompletionsController {
  constructor(private readonly dispatcher: DispatchService) {}

  @GatewayEndpoint('chat/completions', { operation: CHAT, check: checkChatCompletionRequest })
  create(@Call() call: CallContext): Promise<DispatchResult> {
    return this.dispatcher.dispatch(call);
  }
}
