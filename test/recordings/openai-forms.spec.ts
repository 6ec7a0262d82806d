import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NO_TOKENS, type TokenUsage } from '../../src/protocol/token-usage.js';
import { type UsageRecord } from '../../src/extensions/usage-record.js';
import { FakeUpstream, type SeenRequest } from '../support/fake-upstream.js';
import { noise, partsOf, type SeenPart, sha256 } from '../support/forms.js';
import { type GatewayUnderTest, startGateway, TEST_KEY } from '../support/gateway.js';
import {
  type Recording,
  type RecordedMultipartField,
  recordingsAvailable,
  responseBytes,
} from '../support/recordings.js';
import { selected } from './selections.js';

const recordings = selected('openai-forms');
const rows = (some: readonly Recording[]): [string, Recording][] => some.map((recording) => [recording.id, recording]);
const answered = recordings.filter(({ response }) => response.status < 400);
const failed = recordings.filter(({ response }) => response.status >= 400);
const withForm = recordings.filter(({ request }) => request.body_multipart !== undefined);

const BOUNDARY = '-----------RubyMultipartPost-0123456789abcdef';
const MODEL = 'recorded-model';

/** What was uploaded; other bytes of the same size where the recording leaves them out. */
function bytesOf({ value, value_base64: base64, size = 0 }: RecordedMultipartField): Buffer {
  if (base64 !== undefined) return Buffer.from(base64, 'base64');
  return value === undefined ? noise(size) : Buffer.from(value);
}

/** The form as recorded, a minimal one where the source kept none; with a model where none was named. */
function fieldsOf({ api, request }: Recording): RecordedMultipartField[] {
  const isImage = api === 'images.edits';
  const file = { name: isImage ? 'image' : 'file', filename: 'upload.bin', content_type: 'audio/wav', size: 20_000 };
  const fields = request.body_multipart ?? [file, ...(isImage ? [{ name: 'prompt', value: 'Hello' }] : [])];
  return fields.some(({ name }) => name === 'model') ? [...fields] : [...fields, { name: 'model', value: MODEL }];
}

const modelOf = (recording: Recording): string =>
  fieldsOf(recording).find(({ name }) => name === 'model')?.value ?? MODEL;

/** Of some uploads the recorder took the line after the content type for it. */
const typeOf = ({ content_type: type }: RecordedMultipartField): string =>
  type === undefined || type.startsWith('Content-') ? 'application/octet-stream' : type;

/** The form as Ruby's client, with which most were recorded, wrote it. */
function written(fields: readonly RecordedMultipartField[]): Buffer {
  const parts = fields.flatMap((field) => {
    const { name, filename } = field;
    const file =
      filename === undefined
        ? ''
        : `; filename="${filename}"\r\nContent-Length: ${bytesOf(field).length}\r\nContent-Type: ${typeOf(field)}\r\nContent-Transfer-Encoding: binary`;
    const head = `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"${file}\r\n\r\n`;
    return [Buffer.from(head), bytesOf(field), Buffer.from('\r\n')];
  });
  return Buffer.concat([...parts, Buffer.from(`--${BOUNDARY}--\r\n`)]);
}

const expectedParts = (fields: readonly RecordedMultipartField[]): SeenPart[] =>
  fields.map((field) => {
    const { name, filename, value = '' } = field;
    if (filename === undefined) return { name, value };
    const bytes = bytesOf(field);
    return { name, fileName: filename, type: typeOf(field), size: bytes.length, hash: sha256(bytes) };
  });

/** What the provider counted, read with nothing of the gateway's; `undefined` where it counted no tokens. */
function countedBy({ response }: Recording): TokenUsage | undefined {
  const { usage = {} } = (response.body ?? {}) as { usage?: Record<string, never> };
  const { prompt_tokens: prompt, completion_tokens: completion } = usage as Record<string, number | undefined>;
  if (prompt !== undefined) return { ...NO_TOKENS, inputUncached: prompt, output: completion ?? 0 };
  const counted = usage as {
    input_tokens?: number;
    output_tokens?: number;
    input_token_details?: Record<string, number>;
  };
  if (counted.input_tokens === undefined) return undefined;
  const inputAudio = counted.input_token_details?.['audio_tokens'] ?? 0;
  return {
    ...NO_TOKENS,
    inputUncached: counted.input_tokens - inputAudio,
    inputAudio,
    output: counted.output_tokens ?? 0,
  };
}

interface Exchange {
  readonly status: number;
  readonly contentType: string | null;
  readonly bytes: Buffer;
  readonly record: UsageRecord;
  readonly seen: SeenRequest;
}

/** Whether the provider said how many seconds it bills. */
const isCounted = (units: UsageRecord['units']): boolean => units?.seconds !== undefined && units.isEstimated !== true;

/** Whether all arrived: the answer to the byte, the form part by part, the usage on the record. */
async function verdictOf(recording: Recording, { bytes, record, seen }: Exchange) {
  const counted = countedBy(recording);
  return {
    answer: bytes.equals(responseBytes(recording)),
    form: JSON.stringify(await partsOf(seen)) === JSON.stringify(expectedParts(fieldsOf(recording))),
    usage:
      counted === undefined
        ? record.grade === (isCounted(record.units) ? 'exact' : 'estimated')
        : record.grade === 'exact' && JSON.stringify(record.tokens) === JSON.stringify(counted),
  };
}

const RIGHT = { answer: true, form: true, usage: true };

describe.skipIf(!recordingsAvailable)('recorded uploads', () => {
  let upstream: FakeUpstream;
  let gateway: GatewayUnderTest;

  beforeAll(async () => {
    upstream = await FakeUpstream.start();
    const kinds = [...new Set(recordings.map(kindOf))];
    gateway = await startGateway({
      providers: kinds.map((kind) => ({
        name: kind,
        kind,
        apiKey: 'sk-upstream',
        baseUrl: upstream.baseUrl,
        models: [...new Set(recordings.filter((one) => kindOf(one) === kind).map(modelOf))].map((name) => ({ name })),
      })),
    });
  });

  afterAll(async () => {
    await gateway.close();
    await upstream.close();
  });

  async function exchange(
    recording: Recording,
    { bytes = responseBytes(recording), body = written(renamed(recording)) } = {},
  ): Promise<Exchange> {
    const { status, headers } = recording.response;
    upstream.always((seen) => {
      seen.head(status, headers);
      seen.end(bytes);
    });
    const response = await fetch(gateway.url + pathOf(recording), {
      method: 'POST',
      headers: { authorization: `Bearer ${TEST_KEY}`, 'content-type': `multipart/form-data; boundary=${BOUNDARY}` },
      body: new Uint8Array(body),
    });
    const received = Buffer.from(await response.arrayBuffer());
    const record = (await gateway.records()).find(
      ({ requestId }) => requestId === response.headers.get('x-request-id'),
    );
    if (record === undefined) throw new Error(`There is no usage record of ${recording.id}: ${received.toString()}`);
    const contentType = response.headers.get('content-type');
    return { status: response.status, contentType, bytes: received, record, seen: upstream.last };
  }

  it('are there', () => {
    expect([answered.length, failed.length, withForm.length]).toEqual([8, 1, 3]);
    expect([...new Set(recordings.map(({ provider }) => provider))].sort()).toEqual([
      'cohere',
      'groq',
      'mistral',
      'openai',
    ]);
  });

  it.each(rows(answered))('%s arrives, answer and form', async (_, recording) => {
    const found = await exchange(recording);
    expect(found.status).toBe(200);
    expect(found.contentType).toBe(recording.response.headers['content-type']);
    expect(await verdictOf(recording, found)).toEqual(RIGHT);
    expect(found.seen.path).toBe(pathOf(recording));
    expect(found.seen.headers['content-length']).toBe(String(found.seen.body.length));
    expect(found.record).toMatchObject({ status: 'completed', provider: kindOf(recording), model: modelOf(recording) });
  });

  it.each(rows(failed))('%s is told', async (_, recording) => {
    const { status, bytes } = await exchange(recording);
    const { error } = recording.response.body as { error: Record<string, unknown> };
    expect(status).toBe(recording.response.status);
    expect(JSON.parse(bytes.toString())).toMatchObject({ error: { message: error['message'], param: error['param'] } });
  });

  describe('are compared so that', () => {
    it.each(rows(answered))('another answer is noticed in %s', async (_, recording) => {
      const bytes = responseBytes(recording);
      const changed = Buffer.concat([bytes.subarray(0, 1), Buffer.from(' '), bytes.subarray(1)]);
      expect(await verdictOf(recording, await exchange(recording, { bytes: changed }))).toMatchObject({
        answer: false,
      });
    });

    it.each(rows(answered.filter((recording) => countedBy(recording) !== undefined)))(
      'another usage is noticed in %s',
      async (_, recording) => {
        const changed = responseBytes(recording)
          .toString()
          .replace(/("(?:completion|output)_tokens":)(\d+)/, '$19$2');
        const found = await exchange(recording, { bytes: Buffer.from(changed) });
        expect(await verdictOf(recording, found)).toEqual({ answer: false, form: true, usage: false });
      },
    );

    it.each(rows(withForm))('another form is noticed in %s', async (_, recording) => {
      const fields = renamed(recording);
      const oneByte = written(fields);
      // Within the first file, far from any boundary.
      const at = oneByte.indexOf('filename=') + 250;
      oneByte.writeUInt8((oneByte[at] ?? 0) ^ 1, at);
      const needed = new Set(['model', 'prompt']);
      const lost = fields.findIndex(({ name, filename }) => filename === undefined && !needed.has(name));
      expect(lost).toBeGreaterThanOrEqual(0);
      const changes = [oneByte, written(fields.toSpliced(lost, 1)), written(fields.toReversed())];
      for (const body of changes) {
        const found = await exchange(recording, { body });
        expect(await verdictOf(recording, found)).toMatchObject({ answer: true, form: false });
      }
    });
  });
});

/** Cohere's transcriptions are asked for in OpenAI's form, at the address of its own API. */
const kindOf = ({ provider }: Recording): string => (provider === 'cohere' ? 'openai-compatible' : provider);

const pathOf = ({ api }: Recording): string =>
  api === 'images.edits' ? '/v1/images/edits' : '/v1/audio/transcriptions';

/** The form as the client of the gateway sends it: with the provider before the model, since all serve at one place here. */
const renamed = (recording: Recording): RecordedMultipartField[] =>
  fieldsOf(recording).map((field) =>
    field.name === 'model' ? { ...field, value: `${kindOf(recording)}/${modelOf(recording)}` } : field,
  );
