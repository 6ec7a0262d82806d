import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { callContext } from '../../test/support/calls.js';
import {
  type Operation,
  CHAT,
  COMPLETIONS,
  EMBEDDINGS,
  IMAGES,
  RERANK,
  SPEECH,
  TRANSCRIPTIONS,
} from '../events/operation.js';
import { JsonBody } from '../protocol/json-body.js';
import { MultipartForm } from '../protocol/multipart-form.js';
import { NO_TOKENS } from '../protocol/token-usage.js';
import { ceilingOf, DEFAULT_ANSWER_TOKENS } from './ceiling.js';
import { costOf } from './cost.js';
import { priceOf } from './price.js';
import { boundsOf, type RequestBounds } from './request-bounds.js';

const MILLION = 1_000_000n;

function boundsFor(operation: Operation, request: Record<string, unknown>): RequestBounds {
  return boundsOf(callContext({ operation, request, body: JsonBody.of(request) }));
}

const said = (content: unknown, more: Record<string, unknown> = {}) =>
  boundsFor(CHAT, { messages: [{ role: 'user', content }], ...more });

describe('the bounds of a request', () => {
  it('are the bytes of a text, and the answers that it asks for', () => {
    const bounds = said('ä'.repeat(1_000), { n: 3, max_tokens: 50 });
    expect(bounds.inputTokens).toBeGreaterThanOrEqual(2_000);
    expect(bounds.inputTokens).toBeLessThan(2_000 + 2_000);
    expect(bounds).toMatchObject({ choices: 3, answerTokens: 50, speaks: false, fillsWindow: false });
  });

  it.each([
    [{}, undefined],
    [{ max_tokens: 5 }, 5],
    [{ max_completion_tokens: 7 }, 7],
    [{ max_completion_tokens: 7, max_tokens: 9 }, 9],
    [{ max_tokens: null }, undefined],
    [{ max_tokens: 'many' }, undefined],
    [{ max_tokens: -5 }, 0],
  ])('have of %o an answer of %o tokens at most', (limits, tokens) =>
    expect(said('hi', limits).answerTokens).toBe(tokens),
  );

  it('count an image by what is made of it, not by its bytes', () => {
    const url = `data:image/png;base64,${'A'.repeat(3_000_000)}`;
    const given = said([
      { type: 'text', text: 'Look' },
      { type: 'image_url', image_url: { url } },
    ]);
    const linked = said([{ type: 'image_url', image_url: { url: 'https://example.com/a.png' } }]);
    for (const { inputTokens } of [given, linked]) {
      expect(inputTokens).toBeGreaterThanOrEqual(50_000);
      expect(inputTokens).toBeLessThan(55_000);
    }
  });

  it('count audio by its bytes, and let documents fill the window', () => {
    const heard = said([{ type: 'input_audio', input_audio: { data: 'A'.repeat(100_000), format: 'mp3' } }]);
    expect(heard.audioTokens).toBe(6_400);
    expect(heard.inputTokens).toBeLessThan(2_000);
    expect(said([{ type: 'file', file: { file_id: 'f' } }]).fillsWindow).toBe(true);
  });

  it('say whether a cache for an hour may be written, and whether it speaks', () => {
    const cached = said([{ type: 'text', text: 'x', cache_control: { type: 'ephemeral', ttl: '1h' } }]);
    expect(cached.mayCacheAnHour()).toBe(true);
    expect(said('x').mayCacheAnHour()).toBe(false);
    expect(said('x', { modalities: ['text', 'audio'] }).speaks).toBe(true);
  });

  it.each<[operation: Operation, request: Record<string, unknown>, bounds: Partial<RequestBounds>]>([
    [COMPLETIONS, { prompt: 'a', n: 2, best_of: 5, max_tokens: 3 }, { choices: 5, answerTokens: 3 }],
    [COMPLETIONS, { prompt: ['a', 'b'], n: 2 }, { choices: 4, answerTokens: undefined }],
    [COMPLETIONS, { prompt: [1, 2, 3] }, { choices: 1 }],
    [EMBEDDINGS, { input: 'a' }, { choices: 0, answerTokens: undefined }],
    [IMAGES, { prompt: 'a', n: 3 }, { images: 3, choices: 3, answerTokens: 16_384 }],
    [IMAGES, { prompt: 'a' }, { images: 1 }],
    [SPEECH, { input: 'abc' }, { characters: 3, choices: 1, answerTokens: 24, speaks: true }],
    [RERANK, { query: 'q', documents: Array.from({ length: 101 }, () => 'd') }, { searches: 2, choices: 0 }],
    [RERANK, { query: 'q', documents: ['d'.repeat(60_000)] }, { searches: 2 }],
    [RERANK, { query: 'q', documents: [] }, { searches: 1 }],
  ])('of %o know what is not tokens', (operation, request, bounds) =>
    expect(boundsFor(operation, request)).toMatchObject(bounds),
  );

  it('count the seconds of a recording by its bytes', () => {
    const content = Buffer.alloc(5_001);
    const file = { name: 'file', fileName: 'a.mp3', contentType: 'audio/mpeg', content, size: content.length };
    const call = callContext({ operation: TRANSCRIPTIONS, request: {}, body: new MultipartForm([file]) });
    expect(boundsOf(call)).toMatchObject({ seconds: 11, audioTokens: 321, choices: 1, answerTokens: 1_112 });
  });
});

const price = fc
  .record({ input: fc.bigInt(0n, 10n ** 13n), output: fc.bigInt(0n, 10n ** 14n), reasoning: fc.bigInt(0n, 10n ** 14n) })
  .chain((base) =>
    fc
      .record({
        cacheRead: fc.bigInt(0n, 10n ** 13n),
        cacheWrite5m: fc.bigInt(0n, 10n ** 13n),
        request: fc.bigInt(0n, 10n ** 16n),
        above: fc.integer({ min: 1, max: 3_000 }),
        longInput: fc.bigInt(0n, 10n ** 13n),
        longOutput: fc.bigInt(0n, 10n ** 14n),
      })
      .map(({ above, longInput, longOutput, ...others }) =>
        priceOf(
          'test',
          { ...base, ...others, tiers: [{ above, input: longInput, output: longOutput }] },
          [],
          [{ serviceTier: 'priority', input: longOutput, output: longInput }],
        ),
      ),
  );

describe('the ceiling of a call', () => {
  it('is never below what the call costs, whatever is made of its text', { timeout: 60_000 }, () => {
    const request = fc.record({
      text: fc.string({ maxLength: 2_000 }),
      n: fc.integer({ min: 1, max: 4 }),
      max: fc.nat(500),
      asked: fc.constantFrom(undefined, null, 'auto', 'default', 'flex', 'priority'),
    });
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(
        price,
        request,
        fc.array(share, { minLength: 5, maxLength: 5 }),
        (given, { text, n, max, asked }, shares) => {
          const bounds = said(text, { n, max_tokens: max, service_tier: asked });
          const [read = 0, cached = 0, written = 0, reasoned = 0, all = 0] = shares;
          // Any division of as many tokens as the text has bytes, and of the answers that were asked for.
          const input = Math.floor(Buffer.byteLength(text) * all);
          const cacheRead = Math.floor(input * read * cached);
          const cacheWrite5m = Math.floor((input - cacheRead) * cached);
          const output = Math.floor(n * max * written);
          const reasoning = Math.floor(output * reasoned);
          const tokens = {
            ...NO_TOKENS,
            inputUncached: input - cacheRead - cacheWrite5m,
            cacheRead,
            cacheWrite5m,
            output: output - reasoning,
            reasoning,
          };
          const ceiling = ceilingOf(given, bounds, {}) ?? 0n;
          // What was asked for may be served as standard; where nothing was, the provider chooses.
          for (const serviceTier of asked === 'default' ? [undefined] : [undefined, asked ?? 'priority']) {
            const units = serviceTier === undefined ? undefined : { serviceTier };
            expect(ceiling >= costOf(given, tokens, units)).toBe(true);
          }
        },
      ),
      { numRuns: 5_000 },
    );
  });

  const made = priceOf('test', { input: 0n, output: MILLION });

  it('is of what the model can write where the request has no limit, and of a default where nobody knows', () => {
    const bounds = said('hi', { n: 2 });
    expect(ceilingOf(made, bounds, { maxOutputTokens: 100 })).toBe(200n);
    expect(ceilingOf(made, bounds, {})).toBe(2n * BigInt(DEFAULT_ANSWER_TOKENS));
  });

  it('is of the whole window where documents may fill it', () => {
    const reading = priceOf('test', { input: MILLION, output: 0n });
    const bounds = said([{ type: 'file', file: { file_data: 'data:application/pdf;base64,AAAA' } }]);
    expect(ceilingOf(reading, bounds, { contextWindow: 200_000 })).toBe(200_000n);
  });

  it('is of the dearest tier of service that may serve it', () => {
    const tiered = priceOf(
      't',
      { output: 2n * MILLION },
      [],
      [
        { serviceTier: 'flex', output: MILLION },
        { serviceTier: 'priority', output: 5n * MILLION },
      ],
    );
    const asking = (tier: unknown): bigint | undefined =>
      ceilingOf(tiered, said('', { max_tokens: 1, service_tier: tier }), {});
    expect(['flex', 'default', 'standard_only', 'priority', 'auto', null, undefined].map(asking)).toEqual([
      2n,
      2n,
      2n,
      5n,
      5n,
      5n,
      5n,
    ]);
  });

  it('is not known of a tier without a price, unless it is one that saves', () => {
    const asking = (tier: unknown): bigint | undefined =>
      ceilingOf(made, said('', { max_tokens: 1, service_tier: tier }), {});
    expect(['flex', 'batch', 'auto', 7, 'priority', 'scale'].map(asking)).toEqual([
      1n,
      1n,
      1n,
      1n,
      undefined,
      undefined,
    ]);
  });

  it('is of the searches that the model may make', () => {
    const searching = priceOf('t', { search: MILLION });
    const asking = (request: Record<string, unknown>): bigint | undefined =>
      ceilingOf(searching, said('', request), {});
    const tools = [{ type: 'web_search_20250305', max_uses: 3 }, { type: 'google_search' }, { type: 'function' }];
    expect([asking({}), asking({ web_search_options: {}, n: 2 }), asking({ tools })]).toEqual([0n, 20n, 13n]);
  });

  it('is of the dearest image, and of seconds, characters and searches', () => {
    const beside = priceOf(
      't',
      { image: MILLION, second: 2n * MILLION, character: 3n * MILLION, search: 5n * MILLION },
      [{ size: 'large', quality: undefined, rate: 7n * MILLION }],
    );
    const bounds = { ...said(''), images: 2, seconds: 3, characters: 4, searches: 5 };
    expect(ceilingOf(beside, bounds, {})).toBe(14n + 6n + 12n + 25n);
  });
});
