import { Injectable } from '@nestjs/common';
import { type CallContext, Extension, GatewayError, type GatewayExtension } from '../../src/index.js';

/** Refuses the dear models to the keys of trainees. */
@Injectable()
@Extension({ order: 10 })
export class ModelCurfew implements GatewayExtension {
  onRequest({ principal, model }: CallContext): void {
    if (principal.keyName.startsWith('trainee') && model.endsWith('-large')) {
      throw new GatewayError('request_refused', { message: `${model} is not for trainees.`, param: 'model' });
    }
  }
}
