import { Injectable } from '@nestjs/common';
import { type CallContext, type ChatCompletionRequest, Extension, type GatewayExtension } from '../../src/index.js';

/** Puts the house's instructions before every chat: those of the configuration, or those that the key has in their place. */
@Injectable()
@Extension({ name: 'house-style', order: 15 })
export class HouseStyle implements GatewayExtension {
  private instructions = 'Answer in plain words.';

  configure({ instructions }: Readonly<Record<string, unknown>>): void {
    if (typeof instructions === 'string') this.instructions = instructions;
    else if (instructions !== undefined) throw new TypeError('house-style: instructions must be text');
  }

  onRequest(call: CallContext): void {
    if (call.operation.name !== 'chat') return;
    const request = call.request as ChatCompletionRequest;
    const { instructions: ofKey } = call.settingsFor('house-style') ?? {};
    const content = typeof ofKey === 'string' ? ofKey : this.instructions;
    call.replaceRequest({ ...request, messages: [{ role: 'system', content }, ...request.messages] });
  }
}
