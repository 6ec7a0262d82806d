import { type AddressInfo } from 'node:net';
import { Controller, ForbiddenException, Get, type INestApplication, Module, Param } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NestgateHttpAdapter } from './nestgate-http.adapter.js';
import { OpenAiFallbackFilter } from './openai-fallback.filter.js';

@Controller()
class FailingController {
  @Get('fails')
  fails(): never {
    throw new Error('canary');
  }

  @Get('forbidden/:name')
  forbidden(@Param('name') name: string): never {
    throw new ForbiddenException(`No ${name} for you`);
  }
}

@Module({ controllers: [FailingController] })
class FailingModule {}

describe('OpenAiFallbackFilter', () => {
  let app: INestApplication;
  let url: string;

  beforeAll(async () => {
    app = await NestFactory.create(FailingModule, new NestgateHttpAdapter(), { bodyParser: false, logger: false });
    app.useGlobalFilters(new OpenAiFallbackFilter());
    await app.listen(0, '127.0.0.1');
    url = `http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}`;
  });
  afterAll(() => app.close());

  it.each([
    ['/canary', 404, 'unknown_url'],
    ['/canary%ff', 404, 'unknown_url'],
    ['/v1/responses/canary', 404, 'unknown_url'],
    ['/chat/completions?canary', 404, 'unknown_url'],
    ['/forbidden/canary%ff', 400, 'malformed_http'],
    ['/fails', 500, 'server_error'],
    ['/forbidden/canary', 403, null],
  ])('answers %s with %i and the code %s, and tells nothing of the request', async (path, status, code) => {
    const answer = await fetch(url + path);
    const body = await answer.text();
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toBe('application/json');
    expect(answer.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    expect(JSON.parse(body)).toEqual({
      error: { message: expect.any(String), type: expect.any(String), param: null, code },
    });
    expect(body).not.toMatch(/canary|\.ts|node_modules/);
  });

  it.each([
    ['/v1/responses', 'The Responses API is not served'],
    ['/v1/responses/resp_1?include=x', 'The Responses API is not served'],
    ['/v1/messages', 'The Messages API is not served'],
    ['/openai/deployments/gpt/chat/completions?api-version=2024-10-21', 'ends with /v1'],
    ['/chat/completions', 'ends with /v1'],
    ['/models?limit=1', 'ends with /v1'],
    ['/v1/v1/embeddings', 'ends with /v1'],
    ['/v1/v1/models/org/two', 'ends with /v1'],
    ['/v1/responsesx', /^There is nothing at this URL\.$/],
    ['/v1/images/variations', /^There is nothing at this URL\.$/],
    ['/v1/files', /^There is nothing at this URL\.$/],
    ['/chat', /^There is nothing at this URL\.$/],
    ['/', /^There is nothing at this URL\.$/],
  ])('says at %s what clients ask for in vain, and what to ask for', async (path, message) => {
    const { error } = (await (await fetch(url + path)).json()) as { error: { message: string } };
    expect(error.message).toMatch(message);
  });
});
