import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lastValueFrom, toArray } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { JsonBody } from '../../protocol/json-body.js';
import { Cancellation } from '../../upstream/cancellation.js';
import { UpstreamClient } from '../../upstream/upstream-client.js';
import { type Provider, type ProviderCall, type ProviderSettings } from '../provider-adapter.interface.js';
import { UnsupportedParameters } from '../unsupported-parameters.js';
import { GeminiAdapter } from './gemini.adapter.js';
import { VertexAdapter } from './vertex.adapter.js';
import { GoogleCredential } from './vertex.credentials.js';

interface Seen {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

interface Reply {
  readonly status?: number;
  readonly type?: string;
  readonly body: unknown;
}

const client = new UpstreamClient();
let server: Server;
let seen: Seen[];
let reply: (seen: Seen) => Reply;

beforeEach(async () => {
  seen = [];
  server = createServer(async (request, response) => {
    let body = '';
    for await (const piece of request) body += String(piece);
    const one = { method: request.method, url: request.url, headers: request.headers, body };
    seen.push(one);
    const { status = 200, type = 'application/json', body: answer } = reply(one);
    response.writeHead(status, { 'content-type': type });
    response.end(typeof answer === 'string' ? answer : JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterEach(async () => {
  await client.onApplicationShutdown();
  await new Promise((resolve) => server.close(resolve));
});

const settings = (more: Partial<ProviderSettings> = {}, path = ''): ProviderSettings => ({
  name: 'google',
  kind: 'gemini',
  baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`,
  connectTimeout: 5_000,
  idleTimeout: 5_000,
  ...more,
});

const gemini = (more: Partial<ProviderSettings> = {}, path = '') =>
  new GeminiAdapter(client).connect(settings({ apiKey: 'AIza-key-1', ...more }, path));

/** Gives out a token for each time it is asked. */
class StandIn extends GoogleCredential {
  given = 0;
  override getToken() {
    this.given++;
    return Promise.resolve({ token: `token-${this.given}`, expiresAt: Date.now() + 3_600_000 });
  }
  override getProjectId() {
    return Promise.resolve('own-project');
  }
}

const vertex = (more: Partial<ProviderSettings> = {}, credential: GoogleCredential = new StandIn()) =>
  new VertexAdapter(client, credential).connect(
    settings({ kind: 'vertex', project: 'p', region: 'europe-west4', ...more }),
  );

function call<Request>(request: Request, upstreamModel: string): ProviderCall<Request> {
  return {
    requestId: 'request-1',
    request,
    body: JsonBody.of({}),
    upstreamModel,
    unsupported: new UnsupportedParameters('warn'),
    cancellation: new Cancellation(),
  };
}

const ANSWER = { candidates: [{ content: { parts: [{ text: 'Hello' }] }, finishReason: 'STOP' }] };
const chat = { model: 'fast', messages: [{ role: 'user' as const, content: 'Hi' }] };

async function ask(provider: Provider, model = 'gemini-2.5-flash') {
  const answer = await provider.chat?.answer(call(chat, model));
  return JSON.parse(answer?.bytes.toString() ?? 'null') as { choices: { message: { content: string } }[] };
}

async function stream(provider: Provider) {
  const answer = provider.chat?.stream?.(call(chat, 'gemini-2.5-flash'));
  if (answer === undefined) throw new Error('There is no stream.');
  const parts = await lastValueFrom(answer.parts.pipe(toArray()));
  return parts.map(({ bytes }) => bytes.toString()).join('');
}

describe('the Gemini API', () => {
  it('is asked with its key', async () => {
    reply = () => ({ body: ANSWER });
    expect((await ask(gemini())).choices[0]?.message.content).toBe('Hello');
    expect(seen[0]).toMatchObject({ method: 'POST', url: '/v1beta/models/gemini-2.5-flash:generateContent' });
    expect(seen[0]?.headers).toMatchObject({ 'x-goog-api-key': 'AIza-key-1', 'content-type': 'application/json' });
    expect(seen[0]?.headers.authorization).toBeUndefined();
  });

  it.each([
    ['', 'gemini-2.5-flash', '/v1beta/models/gemini-2.5-flash'],
    ['/v1', 'gemini-2.5-flash', '/v1/models/gemini-2.5-flash'],
    ['/proxy/v1beta/openai/', 'gemini-2.5-flash', '/proxy/v1beta/models/gemini-2.5-flash'],
    ['/proxy', 'models/gemini-2.5-flash', '/proxy/v1beta/models/gemini-2.5-flash'],
    ['', 'tunedModels/a b', '/v1beta/tunedModels/a%20b'],
    ['', '../../secret?x=1', '/v1beta/%2E%2E/%2E%2E/secret%3Fx%3D1'],
  ])('at %j has %j at %s', async (path, model, url) => {
    reply = () => ({ body: ANSWER });
    await ask(gemini({}, path), model);
    expect(seen[0]?.url).toBe(`${url}:generateContent`);
  });

  it('streams', async () => {
    reply = () => ({ type: 'text/event-stream', body: `data: ${JSON.stringify(ANSWER)}\r\n\r\n` });
    expect(await stream(gemini())).toContain('"content":"Hello"');
    expect(seen[0]?.url).toBe('/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse');
  });

  it('streams an array where something between leaves the events out', async () => {
    reply = () => ({ body: [ANSWER] });
    expect(await stream(gemini())).toContain('"content":"Hello"');
  });

  it('tells its errors, without the key', async () => {
    const error = { code: 400, status: 'INVALID_ARGUMENT', message: 'API key AIza-key-1 not valid.' };
    reply = () => ({ status: 400, body: [{ error }] });
    await expect(ask(gemini())).rejects.toMatchObject({ status: 400, message: 'API key [redacted] not valid.' });
    await expect(stream(gemini())).rejects.toMatchObject({ status: 400, message: 'API key [redacted] not valid.' });
  });

  it('lists its models, page after page', async () => {
    reply = ({ url = '' }) => ({
      body: url.includes('pageToken=2%2F')
        ? { models: [{ name: 'models/b' }, {}] }
        : { models: [{ name: 'models/a' }], nextPageToken: '2/' },
    });
    expect(await gemini().listModels?.(new Cancellation())).toEqual(['a', 'b']);
    expect(seen.map(({ url }) => url)).toEqual([
      '/v1beta/models?pageSize=1000',
      '/v1beta/models?pageSize=1000&pageToken=2%2F',
    ]);
  });

  it('embeds more texts than it takes at once', async () => {
    reply = ({ body }) => {
      const { requests } = JSON.parse(body) as { requests: { content: { parts: { text: string }[] } }[] };
      return { body: { embeddings: requests.map(({ content }) => ({ values: [Number(content.parts[0]?.text)] })) } };
    };
    const input = Array.from({ length: 230 }, (_, at) => String(at));
    const answer = await gemini().embeddings?.answer(call({ model: 'm', input }, 'gemini-embedding-001'));
    const { data } = JSON.parse(answer?.bytes.toString() ?? '') as { data: { index: number; embedding: number[] }[] };
    expect(data.map(({ index, embedding }) => [index, embedding])).toEqual(
      input.map((text, at) => [at, [Number(text)]]),
    );
    expect(seen).toHaveLength(3);
  });

  it('embeds nothing where one of the requests fails', async () => {
    reply = () => ({ status: 429, body: { error: { code: 429, status: 'RESOURCE_EXHAUSTED', message: 'Slow.' } } });
    const input = Array.from({ length: 230 }, (_, at) => String(at));
    await expect(gemini().embeddings?.answer(call({ model: 'm', input }, 'e'))).rejects.toMatchObject({ status: 429 });
  });

  it('draws', async () => {
    reply = () => ({ body: { predictions: [{ bytesBase64Encoded: 'AAAA' }] } });
    const answer = await gemini().images?.answer(call({ model: 'm', prompt: 'A cat.' }, 'imagen-4.0-generate-001'));
    expect(JSON.parse(answer?.bytes.toString() ?? '')).toMatchObject({ data: [{ b64_json: 'AAAA' }] });
    expect(seen[0]?.url).toBe('/v1beta/models/imagen-4.0-generate-001:predict');
  });
});

describe('Vertex AI', () => {
  const HOME = '/v1/projects/p/locations/europe-west4';

  it('is asked with a token, which is used again', async () => {
    reply = () => ({ body: ANSWER });
    const credential = new StandIn();
    const provider = vertex({}, credential);
    await ask(provider);
    await ask(provider);
    expect(seen.map(({ url, headers }) => [url, headers.authorization])).toEqual([
      [`${HOME}/publishers/google/models/gemini-2.5-flash:generateContent`, 'Bearer token-1'],
      [`${HOME}/publishers/google/models/gemini-2.5-flash:generateContent`, 'Bearer token-1'],
    ]);
    expect(credential.given).toBe(1);
  });

  it('is asked for the project of the credentials where the settings name none', async () => {
    reply = () => ({ body: ANSWER });
    await ask(vertex({ project: undefined, region: undefined }));
    expect(seen[0]?.url).toBe(
      '/v1/projects/own-project/locations/global/publishers/google/models/gemini-2.5-flash:generateContent',
    );
  });

  it.each([
    ['endpoints/123', `${HOME}/endpoints/123`],
    ['publishers/meta/models/llama', `${HOME}/publishers/meta/models/llama`],
  ])('has %s where it is', async (model, url) => {
    reply = () => ({ body: ANSWER });
    await ask(vertex(), model);
    expect(seen[0]?.url).toBe(`${url}:generateContent`);
  });

  it.each([
    [{ project: undefined }, '/v1/publishers/google/models/gemini-2.5-flash:generateContent'],
    [{}, `${HOME}/publishers/google/models/gemini-2.5-flash:generateContent`],
  ])('takes a key in place of a token', async (more, url) => {
    reply = () => ({ body: ANSWER });
    await ask(vertex({ apiKey: 'AIza-key-1', ...more }));
    expect([seen[0]?.url, seen[0]?.headers['x-goog-api-key'], seen[0]?.headers.authorization]).toEqual([
      url,
      'AIza-key-1',
      undefined,
    ]);
  });

  it('streams with a token too', async () => {
    reply = () => ({ type: 'text/event-stream', body: `data: ${JSON.stringify(ANSWER)}\r\n\r\n` });
    expect(await stream(vertex())).toContain('"content":"Hello"');
    expect(seen[0]?.headers.authorization).toBe('Bearer token-1');
  });

  it('embeds and draws', async () => {
    reply = ({ url = '' }) => ({
      body: url.includes('imagen')
        ? { predictions: [{ bytesBase64Encoded: 'AAAA' }] }
        : { predictions: [{ embeddings: { values: [1], statistics: { token_count: 2 } } }] },
    });
    const embedded = await vertex().embeddings?.answer(call({ model: 'm', input: 'a' }, 'text-embedding-005'));
    const drawn = await vertex().images?.answer(call({ model: 'm', prompt: 'A cat.' }, 'imagen-4.0-generate-001'));
    expect([embedded?.usage?.inputUncached, JSON.parse(drawn?.bytes.toString() ?? '')]).toMatchObject([
      2,
      { data: [{ b64_json: 'AAAA' }] },
    ]);
    expect(seen.map(({ url }) => url)).toEqual([
      `${HOME}/publishers/google/models/text-embedding-005:predict`,
      `${HOME}/publishers/google/models/imagen-4.0-generate-001:predict`,
    ]);
  });

  it('says that there are no credentials, and asks again', async () => {
    reply = () => ({ body: ANSWER });
    let fails = true;
    class Failing extends StandIn {
      override getToken() {
        return fails ? Promise.reject(new Error('secret path')) : super.getToken();
      }
    }
    const provider = vertex({}, new Failing());
    await expect(ask(provider)).rejects.toMatchObject({
      code: 'upstream_unreachable',
      message: 'Google Cloud gave no credentials for the provider.',
    });
    expect(seen).toEqual([]);
    fails = false;
    await ask(provider);
    expect(seen).toHaveLength(1);
  });

  it('reads the credentials of a file', async () => {
    reply = () => ({ body: ANSWER });
    const provider = new VertexAdapter(client).connect(
      settings({ kind: 'vertex', project: 'p', credentialsFile: '/nowhere/service-account.json' }),
    );
    await expect(ask(provider)).rejects.toMatchObject({
      code: 'upstream_unreachable',
      message: 'Google Cloud gave no credentials for the provider.',
      cause: expect.objectContaining({ message: expect.stringContaining('service-account.json') as string }) as Error,
    });
  });

  it('changes the identity of a workload for a token, by Google’s own library', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'nestgate-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const [credentialsFile, identity] = [join(folder, 'credentials.json'), join(folder, 'identity')];
    await writeFile(identity, 'identity-of-the-workload');
    const { baseUrl } = settings();
    await writeFile(
      credentialsFile,
      JSON.stringify({
        type: 'external_account',
        audience: '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/pool/providers/provider',
        subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
        token_url: `${baseUrl}/token`,
        credential_source: { file: identity },
      }),
    );
    reply = ({ url }) => ({ body: url === '/token' ? { access_token: 'changed', expires_in: 3_600 } : ANSWER });
    const provider = new VertexAdapter(client).connect(settings({ kind: 'vertex', project: 'p', credentialsFile }));
    await ask(provider);
    await ask(provider);
    expect(seen.map(({ url, headers }) => [url?.split('/').at(-1), headers.authorization])).toEqual([
      ['token', undefined],
      ['gemini-2.5-flash:generateContent', 'Bearer changed'],
      ['gemini-2.5-flash:generateContent', 'Bearer changed'],
    ]);
    expect(seen[0]?.body).toContain('identity-of-the-workload');
  });

  it('lists no models', () => {
    expect(vertex().listModels).toBeUndefined();
  });
});
