import { BaseResolver, createConfig, lintFromString } from '@redocly/openapi-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { checkSpeechRequest } from '../../src/endpoints/audio/speech.dto.js';
import { checkChatCompletionRequest } from '../../src/endpoints/chat-completions/chat-completions.dto.js';
import { clientDocument } from '../../src/endpoints/client-document.js';
import { checkCompletionRequest } from '../../src/endpoints/completions/completions.dto.js';
import { checkEmbeddingRequest } from '../../src/endpoints/embeddings/embeddings.dto.js';
import { gatewayRoutes } from '../../src/endpoints/gateway-routes.js';
import { checkImageGenerationRequest } from '../../src/endpoints/images/image-generations.dto.js';
import { checkModerationRequest } from '../../src/endpoints/moderations/moderations.dto.js';
import { checkRerankRequest } from '../../src/endpoints/rerank/rerank.dto.js';
import { startAdministration } from '../support/administration.js';
import { type GatewayUnderTest, startGateway } from '../support/gateway.js';
import { faults, referred } from '../support/schema-check.js';

type Json = Record<string, unknown>;
type Media = Record<string, { readonly schema: unknown }>;

interface Operation {
  readonly operationId: string;
  readonly requestBody?: { readonly content: Media };
  readonly responses: Record<string, { readonly content: Media }>;
}

const document = clientDocument(
  gatewayRoutes({ prefix: '', version: undefined as never, endpoints: null, guards: [] }),
) as { readonly paths: Record<string, Record<string, Operation>> };

const CHECKS: Readonly<Record<string, (body: Json) => unknown>> = {
  ChatCompletionRequest: checkChatCompletionRequest,
  CompletionRequest: checkCompletionRequest,
  EmbeddingRequest: checkEmbeddingRequest,
  ModerationRequest: checkModerationRequest,
  RerankRequest: checkRerankRequest,
  ImageGenerationRequest: checkImageGenerationRequest,
  SpeechRequest: checkSpeechRequest,
};

interface RequestSchema {
  readonly properties: Json;
  readonly examples: readonly Json[];
}

const schemaOf = (name: string): RequestSchema => referred(`#/components/schemas/${name}`, document) as RequestSchema;

const isRefused = (check: (body: Json) => unknown, body: Json): boolean => {
  try {
    check(structuredClone(body));
    return false;
  } catch {
    return true;
  }
};

const ODD = [null, true, '', 'text', -3, 0, 0.5, 1, 3, 200, 1e9, [], ['text'], [1], [''], [{}], [[]], [null], {}];

async function problemsOf(text: string): Promise<string[]> {
  const config = await createConfig({ extends: ['recommended'] });
  const found = await lintFromString({
    source: text,
    absoluteRef: 'openapi.json',
    config,
    externalRefResolver: new BaseResolver(),
  });
  return found.map(({ ruleId, message, location }) => `${ruleId}: ${message} ${location[0]?.pointer}`);
}

describe('the documents', () => {
  it('are as a linter wants them, both', async () => {
    const gateway = await startGateway();
    onTestFinished(() => gateway.close());
    const admin = await startAdministration(gateway.app);
    expect(await problemsOf((await admin.ask('/openapi.json')).text)).toEqual([]);
    expect(await problemsOf(JSON.stringify(document))).toEqual([]);
  });

  it('find a linter that finds something', async () => {
    expect(await problemsOf(JSON.stringify({ ...document, servers: [] }))).not.toEqual([]);
  });
});

describe('GET /docs', () => {
  it('is a page that loads what is served beside it, and nothing else', async () => {
    const gateway = await startGateway();
    onTestFinished(() => gateway.close());
    const admin = await startAdministration(gateway.app);
    const page = await admin.ask('/docs', { token: null });
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    expect(page.headers.get('content-security-policy')).toMatch(/^default-src 'none'; script-src 'self'; /);
    expect(page.text).not.toMatch(/<script>|<style|https?:| on\w+=/);
    const loaded = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path = '']) => path);
    expect(loaded).toHaveLength(4);
    for (const path of loaded) {
      const { status, headers, text } = await admin.ask(`/${path}`, { token: null });
      expect([path, status, headers.get('x-content-type-options')]).toEqual([path, 200, 'nosniff']);
      expect(text.length).toBeGreaterThan(100);
    }
    for (const path of ['package.json', '..%2Fpackage.json', 'index.html', '__proto__']) {
      expect([path, (await admin.ask(`/docs/${path}`)).status]).toEqual([path, 404]);
    }
  });
});

it('GET /docs/ leads to the page, from where its files are found', async () => {
  const gateway = await startGateway();
  onTestFinished(() => gateway.close());
  const { port } = await startAdministration(gateway.app);
  const { status, headers } = await fetch(`http://127.0.0.1:${port}/docs/?a=/b`, { redirect: 'manual' });
  expect([status, headers.get('location')]).toEqual([308, '../docs']);
});

describe('what clients are told that they may say', () => {
  it('names every endpoint', () => {
    expect(Object.keys(document.paths).sort()).toEqual([
      '/v1/audio/speech',
      '/v1/audio/transcriptions',
      '/v1/audio/translations',
      '/v1/chat/completions',
      '/v1/completions',
      '/v1/embeddings',
      '/v1/images/edits',
      '/v1/images/generations',
      '/v1/models',
      '/v1/models/{name}',
      '/v1/moderations',
      '/v1/rerank',
      '/v2/rerank',
    ]);
    const bodies = Object.values(document.paths).flatMap(({ post }) => Object.keys(post?.requestBody?.content ?? {}));
    expect(bodies.filter((type) => type === 'application/json')).toHaveLength(Object.keys(CHECKS).length + 1);
  });

  it.each(Object.entries(CHECKS))('is nothing that is refused: %s', (name, check) => {
    const { properties, examples } = schemaOf(name);
    const [example = {}] = examples;
    expect([isRefused(check, example), faults(example, schemaOf(name), document)]).toEqual([false, []]);
    let refused = 0;
    for (const parameter of Object.keys(properties)) {
      for (const value of ODD) {
        const streams = parameter === 'stream_options' ? { stream: true } : {};
        const body = { ...example, ...streams, [parameter]: value };
        if (!isRefused(check, body)) continue;
        refused++;
        expect([body, faults(body, schemaOf(name), document)]).not.toEqual([body, []]);
      }
      if (Object.hasOwn(example, parameter)) continue;
      // What may be left out may be null.
      expect(faults({ ...example, [parameter]: null }, schemaOf(name), document)).toEqual([]);
    }
    expect(refused).toBeGreaterThan(Object.keys(properties).length);
  });
});

describe('what clients are told that they get', () => {
  let gateway: GatewayUnderTest;

  beforeAll(async () => {
    gateway = await startGateway({ providers: [{ name: 'simulator', kind: 'simulator' }] });
  });

  afterAll(() => gateway.close());

  const ask = async (path: string, body?: string | FormData, headers: Record<string, string> = {}): Promise<Response> =>
    fetch(`${gateway.url}${path}`, {
      headers: { authorization: `Bearer ${gateway.key}`, ...headers },
      ...(body === undefined ? {} : { method: 'POST', body }),
    });

  /** What is answered as the document does not say. */
  const faultsOfAnswer = async (path: string, told: string, response: Response): Promise<string[]> => {
    const operation = Object.values(document.paths[told] ?? {})[0];
    const { status, headers } = response;
    const { content = {} } = operation?.responses[String(status)] ?? operation?.responses['default'] ?? {};
    const type = headers.get('content-type')?.split(';')[0] ?? '';
    const media = content[type] ?? content[type.replace(/\/.*/, '/*')];
    const text = await response.text();
    if (media === undefined) return [`${path}: ${type} is not said`];
    return type === 'application/json' ? faults(JSON.parse(text), media.schema, document) : [];
  };

  it.each(Object.entries(document.paths).filter(([, { post }]) => post?.requestBody?.content['application/json']))(
    'is what %s answers to its example',
    async (path, { post }) => {
      const asked = post?.requestBody?.content['application/json']?.schema as { $ref: string } | undefined;
      const [example] = (referred(asked?.$ref ?? '', document) as RequestSchema).examples;
      const json = { 'content-type': 'application/json' };
      const body = { ...example, model: 'simulator/echo' };
      const response = await ask(path, JSON.stringify(body), json);
      expect([response.status, await faultsOfAnswer(path, path, response)]).toEqual([200, []]);
      if (post?.responses['200']?.content['text/event-stream'] !== undefined && path !== '/v1/audio/speech') {
        const streamed = await ask(path, JSON.stringify({ ...body, stream: true }), json);
        expect(await faultsOfAnswer(path, path, streamed)).toEqual([]);
      }
      const refused = await ask(path, '{}', json);
      expect([refused.status, await faultsOfAnswer(path, path, refused)]).toEqual([400, []]);
    },
  );

  it('is what comes of forms, and of models', async () => {
    for (const path of ['/v1/audio/transcriptions', '/v1/audio/translations', '/v1/images/edits']) {
      const form = new FormData();
      form.set('model', 'simulator/echo');
      form.set('prompt', 'A lighthouse');
      form.set(path.endsWith('edits') ? 'image' : 'file', new Blob([Buffer.from('89504e470d0a1a0a', 'hex')]), 'a.png');
      const response = await ask(path, form);
      expect([path, response.status, await faultsOfAnswer(path, path, response)]).toEqual([path, 200, []]);
    }
    expect(await faultsOfAnswer('/v1/models', '/v1/models', await ask('/v1/models'))).toEqual([]);
    for (const name of [encodeURIComponent('simulator/echo'), 'simulator/echo']) {
      const response = await ask(`/v1/models/${name}`);
      expect([response.status, await faultsOfAnswer(name, '/v1/models/{name}', response)]).toEqual([200, []]);
    }
    const nobody = await ask('/v1/models', undefined, { authorization: 'Bearer sk-nobody' });
    expect([nobody.status, await faultsOfAnswer('/v1/models', '/v1/models', nobody)]).toEqual([401, []]);
  });
});
