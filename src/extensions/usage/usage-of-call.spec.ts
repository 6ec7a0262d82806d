import { describe, expect, it } from 'vitest';
import { callContext } from '../../../test/support/calls.js';
import { priceBook } from '../../../test/support/prices.js';
import { GatewayError } from '../../errors/gateway-error.js';
import { UpstreamError } from '../../errors/upstream-error.js';
import { Attempt } from '../../events/attempt.js';
import { type CallContext } from '../../events/call-context.js';
import { IMAGE_EDITS, IMAGES, type Operation, RERANK, SPEECH, TRANSCRIPTIONS } from '../../events/operation.js';
import { type BillableUnits } from '../../protocol/billable-units.js';
import { JsonBody } from '../../protocol/json-body.js';
import { NO_TOKENS, type TokenUsage } from '../../protocol/token-usage.js';
import { usageRecordOf } from './usage-of-call.js';

const BODY = JsonBody.of({ model: 'fast', text: 'x'.repeat(100) });
const INPUT = Math.ceil(BODY.bytes.length / 4);
const PRICES = priceBook();
const USAGE: TokenUsage = { ...NO_TOKENS, inputUncached: 10, cacheRead: 5, output: 7, reasoning: 3 };
const LEFT = new GatewayError('client_closed_request');
const SILENT = new UpstreamError('upstream_timeout');
const REFUSED = new UpstreamError('upstream_error', { status: 400, upstreamCode: 'bad' });

/** A call with one try for each end: an error, `null` for success, `undefined` for one under way. */
function callWith(
  ends: (GatewayError | null | undefined)[],
  { usage, textBytes = 0 }: { usage?: TokenUsage; textBytes?: number } = {},
): CallContext {
  const call = callContext({
    principal: {
      keyId: 'abc',
      keyName: 'test',
      allowedModels: null,
      settings: { team: 'search', organization: 'acme' },
    },
    body: BODY,
    requestModel: 'fast',
    streaming: true,
    endUser: 'someone',
  });
  for (const [index, error] of ends.entries()) {
    const attempt = new Attempt({
      id: `p${index}/m`,
      providerName: `p${index}`,
      model: 'm',
      upstreamModel: `m${index}`,
    });
    if (error !== undefined) attempt.end(error ?? undefined);
    call.attempts.push(attempt);
  }
  call.usage = usage;
  call.textBytes = textBytes;
  return call;
}

const estimated = (input: number, output: number) => ({
  grade: 'estimated',
  tokens: { ...NO_TOKENS, inputUncached: input, output },
});
const none = { grade: 'none', tokens: NO_TOKENS };

describe('the grade of a record', () => {
  it('does not take the bytes of images and sounds for text', () => {
    const data = 'A'.repeat(400_000);
    const content = [
      { type: 'text', text: 'What is this?' },
      { type: 'image_url', image_url: `data:image/png;base64,${data}` },
      { type: 'input_audio', input_audio: { data, format: 'wav' } },
      { type: 'video_url', video_url: { url: `data:video/mp4;base64,${data}` } },
    ];
    const request = { model: 'fast', messages: [{ role: 'user', content }] };
    const call = callContext({ request, body: JsonBody.of(request), streaming: true });
    call.attempts.push(new Attempt({ id: 'p/m', providerName: 'p', model: 'm', upstreamModel: 'm' }));
    call.lastAttempt?.end(LEFT);
    const { grade, tokens } = usageRecordOf(call, PRICES, 'aborted', LEFT);
    expect(grade).toBe('estimated');
    expect(tokens.inputUncached).toBeLessThan(100);
  });

  it.each([
    [
      'a whole answer with its usage',
      callWith([null], { usage: USAGE }),
      'completed',
      undefined,
      { grade: 'exact', tokens: USAGE },
    ],
    ['a whole answer without', callWith([null], { textBytes: 41 }), 'completed', undefined, estimated(INPUT, 11)],
    ['an empty answer without', callWith([null]), 'completed', undefined, estimated(INPUT, 0)],
    ['an answer from a cache', callWith([]), 'completed', undefined, none],
    ['a refusal', callWith([REFUSED]), 'failed', REFUSED, none],
    ['silence', callWith([SILENT]), 'failed', SILENT, none],
    ['a stream that broke', callWith([SILENT], { textBytes: 40 }), 'failed', SILENT, estimated(INPUT, 10)],
    ['a client that left before any text', callWith([LEFT]), 'aborted', LEFT, estimated(INPUT, 0)],
    ['a client that left within the text', callWith([LEFT], { textBytes: 8 }), 'aborted', LEFT, estimated(INPUT, 2)],
    ['a client that left in a pause', callWith([SILENT]), 'aborted', LEFT, none],
    ['a client that left before any try', callWith([]), 'aborted', LEFT, none],
    [
      'a shutdown',
      callWith([new GatewayError('server_shutting_down')]),
      'failed',
      new GatewayError('server_shutting_down'),
      estimated(INPUT, 0),
    ],
    [
      'a broken stream that told its input',
      callWith([SILENT], { usage: { ...USAGE, output: 1 }, textBytes: 80 }),
      'failed',
      SILENT,
      { grade: 'estimated', tokens: { ...USAGE, output: 17 } },
    ],
    [
      'a broken stream that told more output than its text',
      callWith([SILENT], { usage: USAGE, textBytes: 4 }),
      'failed',
      SILENT,
      { grade: 'estimated', tokens: USAGE },
    ],
  ] as const)('%s', (_name, call, status, error, expected) => {
    const { grade, tokens } = usageRecordOf(call, PRICES, status, error);
    expect({ grade, tokens }).toEqual(expected);
  });
});

describe('an estimate', () => {
  it('is of what was sent where the provider has told of its input only that it is nothing yet', () => {
    const call = callWith([LEFT], { usage: { ...NO_TOKENS, output: 1 }, textBytes: 40 });
    expect(usageRecordOf(call, PRICES, 'aborted', LEFT)).toMatchObject(estimated(INPUT, 10));
  });
});

describe('the record of a call', () => {
  it('says what was asked, by whom, and what became of it', () => {
    const call = callWith([REFUSED, null], { usage: USAGE });
    call.firstChunkMs = 12;
    expect(usageRecordOf(call, PRICES, 'completed')).toMatchObject({
      requestId: call.requestId,
      startedAt: new Date(call.startedAt),
      durationMs: expect.any(Number) as number,
      firstChunkMs: 12,
      operation: 'chat',
      streaming: true,
      keyId: 'abc',
      keyName: 'test',
      team: 'search',
      organization: 'acme',
      answeredBy: null,
      cost: null,
      priceVersion: null,
      endUser: 'someone',
      requestModel: 'fast',
      model: 'm',
      provider: 'p1',
      upstreamModel: 'm1',
      status: 'completed',
      httpStatus: 200,
      errorCode: null,
    });
  });

  it('names each try with what it answered', () => {
    const { attempts } = usageRecordOf(callWith([REFUSED, SILENT, undefined]), PRICES, 'aborted', LEFT);
    expect(attempts.map(({ deployment, status, error }) => [deployment, status, error])).toEqual([
      ['p0/m', 400, 'bad'],
      ['p1/m', null, 'upstream_timeout'],
      ['p2/m', null, null],
    ]);
  });

  it('names the deployments that were passed over before the tries, which they are none of', () => {
    const call = callWith([null], { usage: USAGE });
    const target = { id: 'q/m', providerName: 'q', model: 'm', upstreamModel: 'mq' };
    call.passedOver = [{ target, reason: 'lacks_tools' }];
    const { attempts, provider } = usageRecordOf(call, PRICES, 'completed');
    expect(attempts).toEqual([
      { deployment: 'q/m', status: null, error: 'lacks_tools', durationMs: 0 },
      { deployment: 'p0/m', status: 200, error: null, durationMs: expect.any(Number) as number },
    ]);
    expect(provider).toBe('p0');
  });

  it('names the parameters that a try left out, where there are any', () => {
    const call = callWith([REFUSED]);
    const target = { id: 'q/m', providerName: 'q', model: 'm', upstreamModel: 'mq' };
    call.attempts.push(new Attempt(target, { names: ['seed', 'logit_bias'] }));
    expect(usageRecordOf(call, PRICES, 'completed').attempts.map(({ warnings }) => warnings)).toEqual([
      undefined,
      ['seed', 'logit_bias'],
    ]);
    expect(usageRecordOf(callWith([null]), PRICES, 'completed').attempts[0]?.warnings).toBeUndefined();
  });

  it('has the status and code of the error', () => {
    const odd = new UpstreamError('upstream_error', { status: 418 });
    expect(usageRecordOf(callWith([odd]), PRICES, 'failed', odd)).toMatchObject({
      httpStatus: 418,
      errorCode: 'upstream_error',
    });
    expect(usageRecordOf(callWith([LEFT]), PRICES, 'aborted', LEFT)).toMatchObject({
      httpStatus: 499,
      errorCode: 'client_closed_request',
    });
  });
});

describe('what a call cost', () => {
  const prices = priceBook({
    providers: [{ name: 'p0', kind: 'vllm' }],
    prices: [{ model: 'm', input: 1, output: 2, search: '0.002', second: '0.001' }],
  });

  it('is that of the answer; what failed tries are known to have used stands beside it', () => {
    const call = callWith([SILENT, null], { usage: USAGE });
    const [failed] = call.attempts;
    if (failed !== undefined) failed.wasted = { ...NO_TOKENS, inputUncached: 40 };
    expect(usageRecordOf(call, prices, 'completed')).toMatchObject({
      cost: 35_000_000n,
      failedAttemptsCost: 40_000_000n,
      priceVersion: expect.stringMatching(/^own:/) as string,
      units: null,
    });
  });

  it('is nothing where no provider took the request, but for what the last try is known to have used', () => {
    const call = callWith([SILENT]);
    if (call.lastAttempt !== undefined) call.lastAttempt.wasted = { ...NO_TOKENS, inputUncached: 40 };
    expect(usageRecordOf(call, prices, 'failed', SILENT)).toMatchObject({
      grade: 'none',
      cost: 0n,
      failedAttemptsCost: 40_000_000n,
    });
  });

  it('counts the last try once where the client left it', () => {
    const call = callWith([LEFT]);
    if (call.lastAttempt !== undefined) call.lastAttempt.wasted = { ...NO_TOKENS, inputUncached: 40 };
    expect(usageRecordOf(call, prices, 'aborted', LEFT)).toMatchObject({
      grade: 'estimated',
      cost: 40_000_000n,
      failedAttemptsCost: 0n,
    });
  });

  it.each([
    ['as the provider said', { serviceTier: 'flex', searches: 2 }, undefined, 24_000_000n],
    ['as it was asked for', { searches: 2 }, 'flex', 24_000_000n],
    ['as usual', undefined, undefined, 40_000_000n],
  ])('of a failed try is that of its tier, %s', (_how, units, asked, cost) => {
    const tiered = priceBook({
      providers: [{ name: 'p0', kind: 'vllm' }],
      prices: [{ model: 'm', input: 1, search: '0.000002', serviceTiers: [{ tier: 'flex', input: '0.5' }] }],
    });
    const call = callWith([SILENT, null], { usage: USAGE });
    call.replaceRequest({ messages: [], service_tier: asked });
    call.units = { searches: 50 };
    const [failed] = call.attempts;
    if (failed !== undefined) {
      failed.wasted = { ...NO_TOKENS, inputUncached: 40 };
      failed.wastedUnits = units;
    }
    expect(usageRecordOf(call, tiered, 'completed').failedAttemptsCost).toBe(cost);
  });

  it('is exact by the searches or seconds that the provider counted, without any tokens', () => {
    const ranked = callOfOperation(RERANK, { documents: ['a'] });
    ranked.units = { searches: 4 };
    const heard = callOfOperation(TRANSCRIPTIONS, {});
    heard.units = { seconds: 2.5 };
    for (const [call, cost] of [
      [ranked, 8_000_000_000n],
      [heard, 2_500_000_000n],
    ] as const) {
      const { grade, tokens, units, cost: found } = usageRecordOf(call, prices, 'completed');
      expect([grade, tokens, units, found]).toEqual(['exact', NO_TOKENS, call.units, cost]);
    }
  });

  it.each<[operation: Operation, request: Record<string, unknown>, textBytes: number, units: BillableUnits]>([
    [RERANK, { documents: Array.from({ length: 250 }, () => 'd') }, 0, { searches: 3 }],
    [SPEECH, { input: 'Grüße 😀' }, 0, { characters: 7 }],
    [IMAGES, { n: 2, size: '1024x1024', quality: 'hd' }, 0, { images: 2, imageSize: '1024x1024', imageQuality: 'hd' }],
    [IMAGE_EDITS, { n: '3' }, 0, { images: 3 }],
    [TRANSCRIPTIONS, {}, 31, { seconds: 3, isEstimated: true }],
  ])('is by what the request says where the provider says nothing: %o', (operation, request, textBytes, units) => {
    const call = callOfOperation(operation, request);
    call.textBytes = textBytes;
    const record = usageRecordOf(call, prices, 'completed');
    expect([record.grade, record.units]).toEqual(['estimated', units]);
  });
});

function callOfOperation(operation: Operation, request: Record<string, unknown>): CallContext {
  const call = callContext({ operation, request, body: JsonBody.of(request) });
  const attempt = new Attempt({ id: 'p0/m', providerName: 'p0', model: 'm', upstreamModel: 'm0' });
  attempt.end();
  call.attempts.push(attempt);
  return call;
}
