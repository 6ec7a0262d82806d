import { Injectable } from '@nestjs/common';
import {
  type CallContext,
  type ChatCompletion,
  type ChatCompletionChunk,
  Extension,
  type GatewayExtension,
} from '../../src/index.js';

const NOTE = '\n\n(Written by a machine.)';

/** Says under every text who wrote it, of a stream before its last chunk. */
@Injectable()
@Extension({ name: 'disclaimer', order: 200, onFailure: 'refuse' })
export class Disclaimer implements GatewayExtension {
  onResponse(_call: CallContext, answer: ChatCompletion): ChatCompletion {
    const choices = answer.choices.map((choice) => {
      const { content } = choice.message;
      return content === null ? choice : { ...choice, message: { ...choice.message, content: content + NOTE } };
    });
    return { ...answer, choices };
  }

  onChunk(_call: CallContext, chunk: ChatCompletionChunk): readonly ChatCompletionChunk[] | void {
    const ending = chunk.choices.filter((choice) => choice.finish_reason === 'stop');
    if (ending.length === 0) return undefined;
    const notes = ending.map(({ index }) => ({ index, delta: { content: NOTE }, finish_reason: null }));
    return [{ ...chunk, choices: notes }, chunk];
  }
}
