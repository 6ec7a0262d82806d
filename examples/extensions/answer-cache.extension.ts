import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { type CallContext, type ChatCompletion, Extension, type GatewayExtension } from '../../src/index.js';

const MAX_KEPT = 1_000;

/** Answers from memory what was asked before, word for word, with the same key. */
@Injectable()
@Extension({ order: 20 })
export class AnswerCache implements GatewayExtension {
  private readonly answers = new Map<string, ChatCompletion>();

  onCacheLookup(call: CallContext): ChatCompletion | undefined {
    return this.answers.get(keyOf(call));
  }

  onResponse(call: CallContext, response: ChatCompletion): void {
    const [oldest] = this.answers.keys();
    if (this.answers.size >= MAX_KEPT && oldest !== undefined) this.answers.delete(oldest);
    this.answers.set(keyOf(call), response);
  }
}

/** With who asks: a cache that all keys share would hand on what one of them may not see. */
function keyOf({ principal, body }: CallContext): string {
  return createHash('sha256')
    .update(principal.keyName)
    .update('\0')
    .update(JSON.stringify(body.value))
    .digest('base64');
}
