import { ForbiddenException, Injectable } from '@nestjs/common';
import { type CallContext, Extension, type GatewayExtension } from 'nestgate';

/** What is confidential stays in the house: only models of our own may be asked about it. */
@Injectable()
@Extension({ name: 'confidential', order: 10 })
export class Confidential implements GatewayExtension {
  onRequest(call: CallContext): void {
    if (call.model.startsWith('house/') || !JSON.stringify(call.request).includes('CONFIDENTIAL')) return;
    throw new ForbiddenException('Ask a model of the house about this.');
  }
}
