import { AsyncLocalStorage } from 'node:async_hooks';
import { type IncomingMessage, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { type ExecutionContext, Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { defer } from 'rxjs';
import { expect, it, onTestFinished } from 'vitest';
import { type Caller, PrincipalResolver } from '../../src/auth/principal-resolver.js';
import { AttemptFailed, CallAdmitted, CallChunk, CallCompleted, CallFailed } from '../../src/events/gateway-events.js';
import { GatewayEventBus } from '../../src/events/gateway-event-bus.js';
import { Extension, type GatewayExtension } from '../../src/extensions/gateway-extension.interface.js';
import { UsageRecorded } from '../../src/extensions/usage-recorded.event.js';
import { GatewayModule } from '../../src/gateway.module.js';
import { AdapterFor } from '../../src/providers/adapter-for.decorator.js';
import { OpenAiAdapter } from '../../src/providers/openai/openai.adapter.js';
import {
  type Provider,
  type ProviderAdapter,
  type ProviderSettings,
} from '../../src/providers/provider-adapter.interface.js';
import { UpstreamClient } from '../../src/upstream/upstream-client.js';
import { Changes } from '../support/changes.js';
import { chat, CHAT_REQUEST, ChatClient, STREAM_REQUEST } from '../support/chat-client.js';
import {
  chatAnswer,
  DONE,
  FakeUpstream,
  finish,
  forever,
  gate,
  role,
  status,
  stream,
  text,
} from '../support/fake-upstream.js';

/** What the host knows of the request that is under way. */
const requests = new AsyncLocalStorage<{ readonly login: string }>();

/** Where the gateway came by, each with whose request the host took it for. */
const seen: string[] = [];
const changes = new Changes();

function note(where: string): void {
  seen.push(`${where}: ${requests.getStore()?.login}`);
  changes.tell();
}

@Injectable()
class HostResolver extends PrincipalResolver {
  resolve(_context: ExecutionContext): Caller {
    note('resolve');
    return { name: requests.getStore()?.login ?? 'nobody' };
  }
}

@Injectable()
@Extension({ name: 'noting' })
class Noting implements GatewayExtension {
  async onRequest(): Promise<void> {
    await Promise.resolve();
    note('onRequest');
  }

  onCacheLookup(): undefined {
    note('onCacheLookup');
  }

  onResponse(): void {
    note('onResponse');
  }

  onChunk(): void {
    note('onChunk');
  }

  onStreamEnd(): void {
    note('onStreamEnd');
  }

  onError(): void {
    note('onError');
  }
}

@Injectable()
@AdapterFor('host')
class HostAdapter implements ProviderAdapter {
  private readonly openAi: OpenAiAdapter;

  constructor(upstream: UpstreamClient) {
    this.openAi = new OpenAiAdapter(upstream);
  }

  connect(settings: ProviderSettings): Provider {
    const { chat: capability } = this.openAi.connect({ ...settings, kind: 'openai-compatible' });
    if (capability === undefined) throw new Error('It has no chat.');
    return {
      chat: {
        answer: (call) => {
          note('answer');
          return capability.answer(call);
        },
        stream: (call) => {
          note('stream');
          const answers = capability.stream?.(call);
          if (answers === undefined) throw new Error('It does not stream.');
          return {
            parts: defer(() => {
              note('parts');
              return answers.parts;
            }),
            pause: () => answers.pause(),
            resume: () => answers.resume(),
          };
        },
      },
    };
  }
}

async function start() {
  seen.length = 0;
  const upstream = await FakeUpstream.start();
  class HostModule {}
  Module({
    imports: [
      GatewayModule.forRoot({
        principalResolver: HostResolver,
        providers: [
          {
            name: 'host',
            kind: 'host',
            baseUrl: upstream.baseUrl,
            apiKey: 'sk-0123456789',
            maxRetries: 0,
            models: [{ name: 'model' }],
          },
        ],
      }),
    ],
    providers: [Noting, HostAdapter, UpstreamClient],
  })(HostModule);
  const app = await NestFactory.create(HostModule, { bodyParser: false, logger: false });
  onTestFinished(async () => {
    await app.close();
    await upstream.close();
  });
  app.use(({ headers }: IncomingMessage, _response: unknown, next: () => void) =>
    requests.run({ login: String(headers['x-login']) }, next),
  );
  const bus = app.get(GatewayEventBus, { strict: false });
  for (const event of [CallAdmitted, CallChunk, CallCompleted, CallFailed, AttemptFailed, UsageRecorded]) {
    bus.on<object>(event, () => note(event.name));
  }
  await app.listen(0, '127.0.0.1');
  const { port } = (app.getHttpServer() as Server).address() as AddressInfo;
  return { upstream, target: { port } };
}

/** Each place once, in the order of their first. */
const places = (): string[] => [...new Set(seen)];

const ofLogin = (login: string, names: string): string[] => names.split(' ').map((name) => `${name}: ${login}`);

it("shows the host's store to the resolver, hooks, adapter and subscribers of an answer", async () => {
  const { upstream, target } = await start();
  for (const login of ['ada', 'bob']) {
    seen.length = 0;
    upstream.next(chatAnswer('Hello'));
    expect((await chat(target, CHAT_REQUEST, { headers: { 'x-login': login } })).status).toBe(200);
    expect(places().sort()).toEqual(
      ofLogin(login, 'CallAdmitted CallCompleted UsageRecorded answer onCacheLookup onRequest onResponse resolve'),
    );
  }
});

it('shows that of the call, and not of the one that opened the connection, to those who see chunks', async () => {
  const { upstream, target } = await start();
  for (const login of ['ada', 'bob']) {
    const { passed, open } = gate();
    upstream.next(stream(role, text('Hel'), passed, text('lo'), finish, DONE));
    const client = new ChatClient(target, STREAM_REQUEST, { headers: { 'x-login': login } });
    await client.waitFor(() => client.text.includes('Hel'));
    // What comes now comes by itself: nobody has been waiting for it with the call.
    expect(places()).toContain(`onChunk: ${login}`);
    open();
    await client.waitFor(() => client.isOver);
    expect(places().sort()).toEqual(
      ofLogin(
        login,
        'CallAdmitted CallChunk CallCompleted UsageRecorded onChunk onRequest onStreamEnd parts resolve stream',
      ),
    );
    seen.length = 0;
  }
  expect(upstream.connections).toBe(1);
});

it('shows it where a call fails', async () => {
  const { upstream, target } = await start();
  for (const login of ['ada', 'bob']) {
    seen.length = 0;
    upstream.next(status(400));
    expect((await chat(target, CHAT_REQUEST, { headers: { 'x-login': login } })).status).toBe(400);
    expect(places().sort()).toEqual(
      ofLogin(
        login,
        'AttemptFailed CallAdmitted CallFailed UsageRecorded answer onCacheLookup onError onRequest resolve',
      ),
    );
  }
});

it('shows it where the client leaves', async () => {
  const { upstream, target } = await start();
  upstream.next(stream(role, text('Hel'), forever));
  const client = new ChatClient(target, STREAM_REQUEST, { headers: { 'x-login': 'ada' } });
  await client.waitFor(() => client.text.includes('Hel'));
  seen.length = 0;
  client.leave();
  await changes.waitFor(() => seen.length >= 3, 'the end of the call');
  expect(seen.sort()).toEqual(ofLogin('ada', 'CallFailed UsageRecorded onError'));
});
