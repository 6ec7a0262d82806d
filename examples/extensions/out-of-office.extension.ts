import { Injectable } from '@nestjs/common';
import { type CallContext, type ChatCompletion, Extension, type GatewayExtension } from '../../src/index.js';

/** Answers the chats of keys that are away, before anything is sent: `extensions: [{ name: out-of-office, … }]` at the key. */
@Injectable()
@Extension({ name: 'out-of-office', order: 12 })
export class OutOfOffice implements GatewayExtension {
  onRequest(call: CallContext): ChatCompletion | undefined {
    const { until } = call.settingsFor('out-of-office') ?? {};
    if (typeof until !== 'string' || call.operation.name !== 'chat') return undefined;
    const content = `Nobody is there until ${until}.`;
    return {
      id: call.requestId,
      object: 'chat.completion',
      created: Math.floor(call.startedAt / 1000),
      model: call.requestModel,
      choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }],
    };
  }
}
