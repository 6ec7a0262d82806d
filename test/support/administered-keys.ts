import { expect } from 'vitest';
import { type AdminAnswer, type AdministrationUnderTest, startAdministration } from './administration.js';
import { chat, CHAT_REQUEST } from './chat-client.js';
import { oneProvider } from './scene.js';

type Json = Record<string, unknown>;

export interface KeysUnderTest {
  readonly admin: AdministrationUnderTest;
  /** The status that a chat with this key gets, of a model. */
  use(secret: unknown, model?: string): Promise<number>;
  make(body?: object, headers?: Record<string, string>): Promise<Json & { id: string; secret: string }>;
  /** With the ETag of what is there now, unless told otherwise. */
  change(method: string, path: string, body?: object, headers?: Record<string, string>): Promise<AdminAnswer>;
}

const ALIASES = { fast: 'model' };
const PRICES = [{ model: 'model', input: 1, output: 2 }];

/** A gateway whose keys are administered. @param storage where they are stored. */
export async function keysOn(storage: () => Promise<object>, gateway: object): Promise<KeysUnderTest> {
  const scene = await oneProvider({ gateway: { ...(await storage()), aliases: ALIASES, prices: PRICES, ...gateway } });
  const admin = await startAdministration(scene.gateway.app);
  return {
    admin,
    use: async (secret, model = 'model') => {
      const headers = { authorization: `Bearer ${String(secret)}` };
      return (await chat(scene.gateway, { ...CHAT_REQUEST, model }, { headers })).status;
    },
    make: async (body = {}, headers = {}) => {
      const { status, json } = await admin.ask('/admin/keys', { body: { name: 'web', ...body }, headers });
      expect(status).toBe(201);
      return json as Json & { id: string; secret: string };
    },
    change: async (method, path, body, headers) => {
      const [, id = ''] = /^\/admin\/keys\/([^/]+)/.exec(path) ?? [];
      const { headers: found } = await admin.ask(`/admin/keys/${id}`);
      return admin.ask(path, { method, body, headers: headers ?? { 'if-match': found.get('etag') ?? '"0"' } });
    },
  };
}
