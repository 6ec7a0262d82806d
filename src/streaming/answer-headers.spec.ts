import { describe, expect, it } from 'vitest';
import { callContext } from '../../test/support/calls.js';
import { Attempt } from '../events/attempt.js';
import { type CallContext } from '../events/call-context.js';
import { answerHeaders } from './answer-headers.js';

function callTo(...ids: string[]): CallContext {
  const call = callContext();
  for (const id of ids) call.attempts.push(new Attempt({ id, providerName: 'p', model: 'm', upstreamModel: 'm' }));
  return call;
}

describe('answerHeaders', () => {
  it('names the request, and where it went in how many tries', () => {
    const call = callTo('a/m', 'b/m');
    expect(answerHeaders(call)).toEqual([
      'x-request-id',
      call.requestId,
      'x-nestgate-deployment',
      'b/m',
      'x-nestgate-attempts',
      '2',
    ]);
  });

  it('says nothing of deployments where none was tried', () => {
    expect(answerHeaders(callTo())).toHaveLength(2);
  });

  it.each([
    ['p/Größe', 'p%2FGr%C3%B6%C3%9Fe'],
    ['p/a\r\nset-cookie: x', 'p%2Fa%0D%0Aset-cookie%3A%20x'],
    ['p/\ud800', 'p%2F%EF%BF%BD'],
    ['p/\u0000', 'p%2F%00'],
  ])('holds any name: %j', (id, value) => {
    expect(answerHeaders(callTo(id))[3]).toBe(value);
  });
});
