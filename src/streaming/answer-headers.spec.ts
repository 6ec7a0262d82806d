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

  it('names the parameters that the last try left out', () => {
    const call = callContext();
    const target = { id: 'a/m', providerName: 'p', model: 'm', upstreamModel: 'm' };
    call.attempts.push(
      new Attempt(target, { names: ['stop'] }),
      new Attempt(target, { names: ['seed', 'a"b\\', 'ü'] }),
    );
    expect(answerHeaders(call).slice(-2)).toEqual([
      'x-nestgate-warnings',
      'unsupported_parameter; param="seed", unsupported_parameter; param="a\\"b\\\\", unsupported_parameter; param="%C3%BC"',
    ]);
  });

  it('counts no deployment that was passed over', () => {
    const call = callTo('b/m');
    const target = { id: 'a/m', providerName: 'p', model: 'm', upstreamModel: 'm' };
    call.passedOver = [{ target, reason: 'lacks_tools' }];
    expect(answerHeaders(call).slice(2)).toEqual(['x-nestgate-deployment', 'b/m', 'x-nestgate-attempts', '1']);
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
