import { randomBytes } from 'node:crypto';
import { expect, onTestFinished } from 'vitest';
import { type AdminAnswer, type AdministrationUnderTest, startAdministration } from './administration.js';
import { chat, CHAT_REQUEST } from './chat-client.js';
import { FakeUpstream } from './fake-upstream.js';
import { oneProvider, type Scene } from './scene.js';

/** The secret of every provider that is made over REST. */
export const MADE_KEY = 'sk-made-over-rest-0123456789';

export interface ProvidersUnderTest {
  readonly scene: Scene<[FakeUpstream]>;
  readonly admin: AdministrationUnderTest;
  /** Where a provider that is made over REST is. */
  readonly upstream: FakeUpstream;
  make(path: string, body: object): Promise<AdminAnswer>;
  /** A provider at `upstream`, called `made` unless told otherwise. */
  makeProvider(changes?: object): Promise<AdminAnswer>;
  /** With any ETag. */
  change(method: string, path: string, body?: object): Promise<AdminAnswer>;
  /** The status that a chat with this model gets. */
  use(model: string): Promise<number>;
}

/** An upstream that goes with its test. */
export async function anUpstream(): Promise<FakeUpstream> {
  const upstream = await FakeUpstream.start();
  onTestFinished(() => upstream.close());
  return upstream;
}

/** A gateway with `first/model` in its configuration, whose providers are administered. */
export async function providersOn(
  storage: () => Promise<object> = () => Promise.resolve({}),
  gateway: object = {},
): Promise<ProvidersUnderTest> {
  const upstream = await anUpstream();
  const settings = { masterKey: randomBytes(32), privateHosts: ['127.0.0.1'], ...gateway };
  const scene = await oneProvider({ gateway: { ...(await storage()), ...settings } });
  const admin = await startAdministration(scene.gateway.app);
  const make = async (path: string, body: object): Promise<AdminAnswer> => {
    const answer = await admin.ask(path, { body });
    expect([answer.status, answer.json['detail']]).toEqual([201, undefined]);
    return answer;
  };
  return {
    scene,
    admin,
    upstream,
    make,
    makeProvider: (changes = {}) =>
      make('/admin/providers', {
        name: 'made',
        kind: 'openai-compatible',
        baseUrl: upstream.baseUrl,
        apiKey: MADE_KEY,
        ...changes,
      }),
    change: (method, path, body) => admin.ask(path, { method, body, headers: { 'if-match': '*' } }),
    use: async (model) => (await chat(scene.gateway, { ...CHAT_REQUEST, model })).status,
  };
}
