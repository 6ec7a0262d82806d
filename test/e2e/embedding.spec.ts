import { type AddressInfo } from 'node:net';
import { type IncomingMessage, type Server } from 'node:http';
import {
  Body,
  type CanActivate,
  Controller,
  type ExecutionContext,
  ForbiddenException,
  Get,
  Injectable,
  Module,
  Param,
  ParseIntPipe,
  Post,
} from '@nestjs/common';
import { type AbstractHttpAdapter, HttpAdapterHost, NestFactory } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import { from, lastValueFrom, toArray } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Caller, PrincipalResolver } from '../../src/auth/principal-resolver.js';
import { type CallContext } from '../../src/events/call-context.js';
import {
  Extension,
  type ExtensionAnswer,
  type GatewayExtension,
} from '../../src/extensions/gateway-extension.interface.js';
import { UsageRecorded } from '../../src/extensions/usage-recorded.event.js';
import { type UsageRecord } from '../../src/extensions/usage-record.js';
import { GatewayEventBus } from '../../src/events/gateway-event-bus.js';
import { GatewayService } from '../../src/endpoints/gateway.service.js';
import { GatewayError } from '../../src/errors/gateway-error.js';
import { GatewayAdminModule } from '../../src/gateway-admin.module.js';
import { GatewayModule } from '../../src/gateway.module.js';
import { type ChatCompletion, type ChatCompletionChunk } from '../../src/protocol/chat-completions.js';
import {
  chatAnswer,
  chatCompletion,
  chatStream,
  forever,
  gate,
  hang,
  role,
  status,
  stream,
  text,
} from '../support/fake-upstream.js';
import { oneProvider, type SceneOptions } from '../support/scene.js';

/** What the host knows of its people. */
@Injectable()
class Directory {
  readonly people: Readonly<Record<string, Caller>> = {
    ada: { name: 'ada', team: 'search' },
    bob: { name: 'bob', models: ['simulator/echo'], rateLimits: { requestsPerMinute: 1 } },
  };
}

@Module({ providers: [Directory], exports: [Directory] })
class DirectoryModule {}

const loginOf = (context: ExecutionContext): string =>
  String(context.switchToHttp().getRequest<IncomingMessage>().headers['x-login'] ?? '');

@Injectable()
class BadgeGuard implements CanActivate {
  constructor(private readonly directory: Directory) {}

  canActivate(context: ExecutionContext): boolean {
    if (loginOf(context) === 'eve') throw new ForbiddenException('Not you.');
    return this.directory !== undefined;
  }
}

@Injectable()
class DirectoryResolver extends PrincipalResolver {
  constructor(private readonly directory: Directory) {
    super();
  }

  async resolve(context: ExecutionContext): Promise<Caller | undefined> {
    await Promise.resolve();
    return this.directory.people[loginOf(context)];
  }
}

@Controller('orders')
class OrdersController {
  @Get(':id')
  get(@Param('id', ParseIntPipe) id: number): object {
    return { id };
  }

  @Post()
  create(@Body() body: object): object {
    return { created: body };
  }
}

const SIMULATOR = { name: 'simulator', kind: 'simulator' };
const KEY = 'sk-second-0123456789abcdef';

const MASTER_KEY = Buffer.alloc(32, 7);
const ADMIN_TOKEN = 'adm-0123456789abcdef';

const partners = GatewayModule.forRootAsync({
  prefix: '/partners/',
  endpoints: ['chat'],
  useFactory: () => ({
    providers: [{ ...SIMULATOR, name: 'other', models: [{ name: 'echo' }] }],
    keys: [{ name: 'acme', secret: KEY }],
    masterKey: MASTER_KEY,
  }),
});

@Module({
  imports: [
    partners,
    GatewayAdminModule.forRoot({
      gateway: partners,
      prefix: 'partners',
      imports: [DirectoryModule],
      guards: [BadgeGuard],
      masterKey: MASTER_KEY,
      token: ADMIN_TOKEN,
    }),
    GatewayModule.forRoot({
      prefix: 'staff',
      imports: [DirectoryModule],
      guards: [BadgeGuard],
      principalResolver: DirectoryResolver,
      providers: [SIMULATOR],
    }),
  ],
  controllers: [OrdersController],
})
class HostModule {}

const asked = { model: 'simulator/echo', messages: [{ role: 'user', content: 'Hello there!' }] };

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

describe('two gateways in a host', () => {
  let app: Awaited<ReturnType<typeof NestFactory.create>>;
  let url: string;
  const records: UsageRecord[] = [];

  beforeAll(async () => {
    app = await NestFactory.create(HostModule, { logger: false });
    for (const bus of app.get(GatewayEventBus, { strict: false, each: true })) {
      bus.on(UsageRecorded, ({ record }) => records.push(record));
    }
    await app.listen(0, '127.0.0.1');
    url = `http://127.0.0.1:${((app.getHttpServer() as Server).address() as AddressInfo).port}`;
  });

  afterAll(() => app.close());

  async function ask(
    path: string,
    body: unknown,
    headers: Record<string, string> = {},
    method = 'POST',
  ): Promise<Answer> {
    const response = await fetch(url + path, {
      method,
      headers: { 'content-type': 'application/json', ...headers },
      ...(method === 'GET' ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, headers: response.headers, text: await response.text() };
  }

  const errorOf = (answer: Answer): unknown[] => {
    const { error } = JSON.parse(answer.text) as { error: { code: string; message: string } };
    return [answer.status, error.code, error.message];
  };

  it('serves whom the host knows, under the prefix, in the name that the host gives', async () => {
    const answer = await ask('/staff/v1/chat/completions', asked, { 'x-login': 'ada' });
    expect(answer.status).toBe(200);
    expect(answer.text).toContain('Hello there!');
    expect(records.at(-1)).toMatchObject({ keyName: 'ada', keyId: null, team: 'search', status: 'completed' });
  });

  it('limits a caller by what the host says of it', async () => {
    const first = await ask('/staff/v1/chat/completions', asked, { 'x-login': 'bob' });
    const second = await ask('/staff/v1/chat/completions', asked, { 'x-login': 'bob' });
    expect([first.status, second.status]).toEqual([200, 429]);
    const other = await ask('/staff/v1/chat/completions', { ...asked, model: 'simulator/x' }, { 'x-login': 'bob' });
    expect(errorOf(other)).toEqual([404, 'model_not_found', expect.any(String)]);
  });

  it('refuses whom the host does not know, and lets the host refuse first', async () => {
    expect(errorOf(await ask('/staff/v1/chat/completions', asked))).toEqual([
      401,
      'unauthenticated',
      'The caller is not known.',
    ]);
    expect(errorOf(await ask('/staff/v1/chat/completions', asked, { 'x-login': 'eve' }))).toEqual([
      403,
      null,
      'Not you.',
    ]);
    const read = await ask('/staff/v1/models', undefined, { 'x-login': 'eve' }, 'GET');
    expect(read.status).toBe(403);
  });

  it('keeps the gateways apart', async () => {
    const partner = { authorization: `Bearer ${KEY}` };
    expect((await ask('/partners/v1/chat/completions', { ...asked, model: 'other/echo' }, partner)).status).toBe(200);
    expect(records.at(-1)).toMatchObject({ keyName: 'acme', provider: 'other' });
    expect((await ask('/partners/v1/chat/completions', asked, partner)).status).toBe(404);
    expect((await ask('/staff/v1/chat/completions', asked, partner)).status).toBe(401);
    expect((await ask('/partners/v1/chat/completions', asked, { 'x-login': 'ada' })).status).toBe(401);
  });

  it('has no endpoint that the host left out, and no route without the prefix', async () => {
    const partner = { authorization: `Bearer ${KEY}` };
    for (const path of ['/partners/v1/models', '/v1/models', '/partners/v1/embeddings', '/staff']) {
      const answer = await ask(path, undefined, partner, 'GET');
      expect([answer.status, answer.text]).toEqual([
        404,
        `{"message":"Cannot GET ${path}","error":"Not Found","statusCode":404}`,
      ]);
    }
  });

  it('names other methods of its own routes, and finds models with slashes', async () => {
    const chat = await ask('/partners/v1/chat/completions', undefined, {}, 'GET');
    expect([chat.status, chat.headers.get('allow')]).toEqual([405, 'POST']);
    const models = await ask('/staff/v1/models/simulator/echo', undefined, {}, 'DELETE');
    expect([models.status, models.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
    const unknown = await ask('/staff/v1/models/a/b/c', undefined, { 'x-login': 'ada' }, 'GET');
    expect(errorOf(unknown)).toEqual([404, 'model_not_found', expect.any(String)]);
  });

  it('administers the gateway that it was given, behind the guards of the host and tokens', async () => {
    const token = { authorization: `Bearer ${ADMIN_TOKEN}` };
    const made = await ask('/partners/admin/keys', { name: 'new' }, token);
    expect([made.status, made.text]).toEqual([201, expect.any(String)]);
    const { secret } = JSON.parse(made.text) as { secret: string };
    const chat = { ...asked, model: 'other/echo' };
    expect((await ask('/partners/v1/chat/completions', chat, { authorization: `Bearer ${secret}` })).status).toBe(200);
    expect((await ask('/staff/v1/chat/completions', asked, { authorization: `Bearer ${secret}` })).status).toBe(401);
    expect((await ask('/partners/admin/keys', undefined, {}, 'GET')).status).toBe(401);
    expect((await ask('/partners/admin/keys', undefined, { ...token, 'x-login': 'eve' }, 'GET')).status).toBe(403);
    expect((await ask('/admin/keys', undefined, token, 'GET')).status).toBe(404);
    const document = await ask('/partners/openapi.json', undefined, {}, 'GET');
    expect(document.text).toContain('"/partners/admin/keys"');
  });

  it("leaves the host's routes, pipes, limits and errors alone", async () => {
    expect((await ask('/orders/1', undefined, {}, 'GET')).text).toBe('{"id":1}');
    expect(await ask('/orders/x', undefined, {}, 'GET')).toMatchObject({
      status: 400,
      text: '{"message":"Validation failed (numeric string is expected)","error":"Bad Request","statusCode":400}',
    });
    expect(await ask('/orders', { tea: 1 })).toMatchObject({ status: 201, text: '{"created":{"tea":1}}' });
    expect((await ask('/orders', { tea: 'x'.repeat(200_000) })).status).toBe(413);
  });
});

it('does not start the administration on a platform that it does not understand', () => {
  const platform = new HttpAdapterHost();
  platform.httpAdapter = { getType: () => 'fastify' } as AbstractHttpAdapter;
  expect(() => new GatewayAdminModule(platform).onModuleInit()).toThrow('GatewayAdminModule does not work on fastify');
});

it('takes no token of administrators that can be guessed', async () => {
  const administration = GatewayAdminModule.forRoot({ gateway: partners, masterKey: MASTER_KEY, token: 'short' });
  const imports = [partners, administration];
  await expect(Test.createTestingModule({ imports }).compile()).rejects.toThrow('token is too short');
});

it('says which gateway an administration lacks', () => {
  expect(() => GatewayAdminModule.forRoot({ masterKey: MASTER_KEY })).toThrow('gateway is not given');
});

it('names an endpoint that there is not', () => {
  const endpoints = ['chats'] as unknown as ['chat'];
  expect(() => GatewayModule.forRoot({ endpoints })).toThrow('endpoints names no endpoint that there is ("chats")');
});

@Injectable()
@Extension({ name: 'shout' })
class Shout implements GatewayExtension {
  onChunk(_call: CallContext, chunk: ChatCompletionChunk): readonly ChatCompletionChunk[] {
    return [JSON.parse(JSON.stringify(chunk).replaceAll('Hel', 'HEL')) as ChatCompletionChunk];
  }
}

@Injectable()
@Extension({ name: 'greeter' })
class Greeter implements GatewayExtension {
  onRequest(): ExtensionAnswer {
    return chatCompletion('Good day') as ChatCompletion;
  }
}

describe('calls of the host itself', () => {
  const messages = [{ role: 'user' as const, content: 'Hi' }];
  const request = { model: 'model', messages };

  async function start(options: SceneOptions = {}) {
    const scene = await oneProvider(options);
    const [upstream] = scene.upstreams;
    return { ...scene, upstream, service: scene.gateway.app.get(GatewayService, { strict: false }) };
  }

  async function textOf(chunks: AsyncIterable<ChatCompletionChunk>): Promise<string> {
    let content = '';
    for await (const { choices } of chunks) content += choices[0]?.delta.content ?? '';
    return content;
  }

  it('answers a chat, in the name of the application, with one record', async () => {
    const { service, upstream, record } = await start();
    upstream.next(chatAnswer('Hello'));
    const answer = await service.chat(request);
    expect(answer.choices[0]?.message.content).toBe('Hello');
    expect(await record()).toMatchObject({ keyName: 'application', status: 'completed', grade: 'exact' });
  });

  it('answers embeddings', async () => {
    const { service, record } = await start({ gateway: { providers: [SIMULATOR] } });
    const { data } = await service.embed({ model: 'simulator/embed', input: ['a', 'b'] });
    expect(data).toHaveLength(2);
    expect(await record()).toMatchObject({ operation: 'embeddings', status: 'completed' });
  });

  it('holds callers to their limits and models, as errors of the gateway', async () => {
    const { service, upstream, records } = await start();
    const caller = { name: 'nightly', models: ['model'], rateLimits: { requestsPerMinute: 1 } };
    upstream.next(chatAnswer('Hello'));
    await service.chat(request, { caller });
    await expect(service.chat(request, { caller })).rejects.toMatchObject({ code: 'rate_limit_exceeded', status: 429 });
    await expect(service.chat({ ...request, model: 'first/other' }, { caller })).rejects.toMatchObject({
      code: 'model_not_found',
    });
    await expect(service.chat({ ...request, messages: [] })).rejects.toMatchObject({ param: 'messages' });
    expect(await records()).toMatchObject([{ keyName: 'nightly' }]);
  });

  it('tells the failure of a provider', async () => {
    const { service, upstream, record } = await start({ provider: { maxRetries: 0 } });
    upstream.next(status(500));
    await expect(service.chat(request)).rejects.toSatisfy(GatewayError.isInstance);
    expect(await record()).toMatchObject({ status: 'failed' });
  });

  it('streams chunks as extensions let them through, with one record', async () => {
    const { service, upstream, record } = await start({ gateway: { extensionClasses: [Shout] } });
    upstream.next(chatStream(['Hel', 'lo']));
    expect(await textOf(service.chatStream(request))).toBe('HELlo');
    expect(await record()).toMatchObject({ status: 'completed', grade: 'exact', streaming: true });
  });

  it('streams into an Observable', async () => {
    const { service, upstream } = await start();
    upstream.next(chatStream(['Hel', 'lo']));
    const chunks = await lastValueFrom(from(service.chatStream(request)).pipe(toArray()));
    expect(chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('')).toBe('Hello');
  });

  it('makes a stream of what an extension answers', async () => {
    const { service, upstream, record } = await start({ gateway: { extensionClasses: [Greeter] } });
    expect(await textOf(service.chatStream(request))).toBe('Good day');
    expect(upstream.dispatches).toBe(0);
    expect(await record()).toMatchObject({ status: 'completed', grade: 'none' });
  });

  it('asks nothing before the first chunk is taken, and stops the provider where no more are', async () => {
    const { service, upstream, record } = await start();
    upstream.next(stream(role, text('Hel'), forever));
    const chunks = service.chatStream(request);
    expect(upstream.dispatches).toBe(0);
    for await (const { choices } of chunks) if (choices[0]?.delta.content === 'Hel') break;
    await upstream.waitFor(({ requests }) => requests.every(({ leftByPeer }) => leftByPeer));
    expect(await record()).toMatchObject({ status: 'aborted', errorCode: 'client_closed_request' });
  });

  it.each([
    ['before its answer', hang, false],
    ['within its stream', stream(role, text('Hel'), forever), true],
  ])('ends a call by a signal %s', async (_when, behaviour, streamed) => {
    const { service, upstream, record } = await start();
    upstream.next(behaviour);
    const controller = new AbortController();
    const options = { signal: controller.signal };
    const ended = streamed ? textOf(service.chatStream(request, options)) : service.chat(request, options);
    const outcome = ended.catch((error: unknown) => error);
    await upstream.request(0);
    controller.abort();
    expect(await outcome).toMatchObject({ code: 'client_closed_request' });
    expect(await record()).toMatchObject({ status: 'aborted' });
  });

  it('tells what breaks a stream', async () => {
    const { service, upstream, record } = await start({ provider: { maxRetries: 0 } });
    const { passed, open } = gate();
    upstream.next(stream(role, text('Hel'), passed, (seen) => seen.cut()));
    const reading = async (): Promise<void> => {
      for await (const { choices } of service.chatStream(request)) if (choices[0]?.delta.content === 'Hel') open();
    };
    await expect(reading()).rejects.toMatchObject({ code: 'upstream_unreachable' });
    expect(await record()).toMatchObject({ status: 'failed' });
  });
});
