import { Readable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { apiKeyId, generateApiKey } from '../../src/auth/api-key.js';
import { parseJsonBody } from '../../src/endpoints/body-reader.js';
import { readForm } from '../../src/endpoints/form-reader.js';
import { GatewayError } from '../../src/errors/gateway-error.js';
import { cuts, damaged, fuzzing, PATIENCE, piecesOf } from './fuzzing.js';

const LIMITS = { bodyBytes: 1_000_000, jsonDepth: 16, jsonValues: 500 };

/** @returns what it gives, or the code with which it refuses; anything else is a fault. */
function outcome<Result>(run: () => Result): Result | string {
  try {
    return run();
  } catch (error) {
    if (!GatewayError.isInstance(error) || error.status >= 500) throw error;
    return `refused: ${error.code}`;
  }
}

describe('a damaged body of JSON', () => {
  const sound = Buffer.from(
    JSON.stringify({
      model: 'gpt',
      messages: [{ role: 'user', content: [{ type: 'text', text: 'Hé "😀" \\ \n' }] }],
      temperature: 1e-7,
      seed: 12345678901234567890n.toString(),
      tools: [{ type: 'function', function: { name: 'f', parameters: { type: 'object', properties: {} } } }],
      stop: null,
    }),
  );

  it(
    'is refused, or is what JSON.parse makes of it, also when a member of it is changed',
    () => {
      fc.assert(
        fc.property(damaged(sound), (bytes) => {
          const body = outcome(() => parseJsonBody(bytes, LIMITS));
          if (typeof body === 'string') return;
          const value = JSON.parse(bytes.toString()) as Record<string, unknown>;
          expect(body.value).toEqual(value);
          const edited = JSON.parse(body.edited({ model: '"another"', added: '[1]' }).toString()) as object;
          expect(edited).toEqual({ ...value, model: 'another', added: [1] });
        }),
        fuzzing(5),
      );
    },
    PATIENCE,
  );

  it('deep or wide is refused, wherever that begins', () => {
    fc.assert(
      fc.property(fc.constantFrom('[', '{"a":'), fc.integer({ min: 17, max: 5_000 }), (open, depth) => {
        const body = Buffer.from(`{"model":"a","b":${open.repeat(depth)}`);
        expect(outcome(() => parseJsonBody(body, LIMITS))).toBe('refused: json_too_complex');
      }),
      fuzzing(0.2),
    );
  });
});

describe('a damaged form', () => {
  const boundary = 'the-boundary';
  const part = (headers: string, body: string): string => `--${boundary}\r\n${headers}\r\n\r\n${body}\r\n`;
  const sound = Buffer.from(
    part('Content-Disposition: form-data; name="model"', 'whisper') +
      part('Content-Disposition: form-data; name="timestamp_granularities[]"', 'word') +
      part(
        'Content-Disposition: form-data; name="file"; filename="ä.wav"\r\nContent-Type: audio/wav',
        'RIFF\r\n--the-\0',
      ) +
      `--${boundary}--\r\n`,
  );
  const limits = { uploadBytes: 100_000, uploadParts: 8, uploadFieldBytes: 1_000 };

  it(
    'is refused or read, and the same however it is cut',
    async () => {
      const read = async (pieces: Buffer[]): Promise<unknown> => {
        const request = Object.assign(Readable.from(pieces, { objectMode: false }), {
          headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
        });
        try {
          const form = await readForm(request, limits);
          const parts = form.parts.map(({ name, contentType }) => [name, contentType]);
          await form.dispose();
          return parts;
        } catch (error) {
          if (!GatewayError.isInstance(error) || error.status >= 500) throw error;
          return error.code;
        }
      };
      await fc.assert(
        fc.asyncProperty(damaged(sound), cuts, async (bytes, places) => {
          const pieces = piecesOf(bytes, places).filter(({ length }) => length > 0);
          expect(await read(pieces)).toEqual(await read(bytes.length === 0 ? [] : [bytes]));
        }),
        fuzzing(),
      );
    },
    PATIENCE,
  );
});

describe('a damaged key', () => {
  it('is none', () => {
    fc.assert(
      fc.property(fc.nat(), fc.constantFrom(...'0Aa_-. é\0'), (place, letter) => {
        const { id, key } = generateApiKey();
        expect(apiKeyId(key)).toBe(id);
        const at = place % key.length;
        const changed = key.slice(0, at) + letter + key.slice(at + 1);
        expect(apiKeyId(changed)).toBe(changed === key ? id : undefined);
        expect(apiKeyId(key.slice(0, at))).toBeUndefined();
        expect(apiKeyId(key + letter)).toBeUndefined();
      }),
      fuzzing(),
    );
  });

  it('may be any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        expect(apiKeyId(text)).toBeUndefined();
        expect(apiKeyId(`sk-nestgate_${text}`)).toBeUndefined();
      }),
      fuzzing(),
    );
  });
});
