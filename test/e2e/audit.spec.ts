import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { describe, expect, it, onTestFinished } from 'vitest';
import { GatewayError } from '../../src/errors/gateway-error.js';
import { type AuditEntry } from '../../src/extensions/audit/audit-entry.js';
import { AuditEntryRepository } from '../../src/extensions/audit/audit-entry.repository.js';
import { AuditSink } from '../../src/extensions/audit/audit-sink.js';
import { AuditWriter } from '../../src/extensions/audit/audit-writer.js';
import { MemoryAuditEntryRepository } from '../../src/extensions/audit/memory-audit-entry.repository.js';
import { type AuditOptions } from '../../src/observability.options.js';
import { chat, CHAT_REQUEST, ChatClient, STREAM_REQUEST } from '../support/chat-client.js';
import { extension } from '../support/extensions.js';
import { chatAnswer, chatStream, openAiError, hang } from '../support/fake-upstream.js';
import { TEST_KEY } from '../support/gateway.js';
import { oneProvider, type Scene, type SceneOptions } from '../support/scene.js';

const setImmediatePassed = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function entriesOf({ gateway, watch }: Pick<Scene, 'gateway' | 'watch'>): Promise<readonly AuditEntry[]> {
  await watch.allOver();
  await setImmediatePassed();
  await gateway.app.get(AuditWriter, { strict: false }).flush();
  const repository = gateway.app.get(AuditEntryRepository, { strict: false });
  return repository instanceof MemoryAuditEntryRepository ? repository.all() : [];
}

const audited = (audit: AuditOptions = {}, options: SceneOptions = {}): SceneOptions => ({
  ...options,
  gateway: {
    audit: { sink: 'database', ...audit },
    keys: [{ name: 'test', secret: TEST_KEY, team: 'search', organization: 'acme' }],
    ...options.gateway,
  },
});

describe('the audit of requests', () => {
  it('says who asked what and when, and not what was said', async () => {
    const scene = await oneProvider(audited());
    const { headers } = await chat(scene.gateway, { ...CHAT_REQUEST, user: 'jane' });
    const entries = await entriesOf(scene);
    expect(entries).toEqual([
      {
        requestId: headers['x-request-id'],
        at: new Date(scene.watch.completed[0]?.startedAt ?? 0),
        keyId: null,
        keyName: 'test',
        team: 'search',
        organization: 'acme',
        endUser: 'jane',
        clientAddress: '127.0.0.1',
        operation: 'chat',
        model: 'model',
        deployment: 'first/model',
        answeredBy: null,
        status: 'completed',
        httpStatus: 200,
        errorCode: null,
        durationMs: expect.any(Number),
        requestBody: null,
        responseBody: null,
      },
    ]);
  });

  it('has those that failed, that their client left, and that an extension refused', async () => {
    const refusing = extension(1, {
      onRequest: (call) => {
        if (call.endUser === 'nobody') throw new GatewayError('request_refused');
      },
    });
    const scene = await oneProvider({
      ...audited(),
      provider: { maxRetries: 0 },
      extras: { providers: [refusing] },
    });
    scene.upstreams[0].next(openAiError(400, 'no'), hang);
    await chat(scene.gateway);
    const leaving = new ChatClient(scene.gateway);
    await scene.upstreams[0].request(1);
    leaving.leave();
    await scene.watch.waitFor(({ failed }) => failed.length === 2);
    expect((await chat(scene.gateway, { ...CHAT_REQUEST, user: 'nobody' })).status).toBe(403);
    const entries = await entriesOf(scene);
    expect(entries.map((entry) => [entry.status, entry.httpStatus, entry.errorCode, entry.clientAddress])).toEqual([
      ['failed', 400, expect.any(String), '127.0.0.1'],
      ['aborted', 499, 'client_closed_request', '127.0.0.1'],
      ['refused', 403, 'request_refused', '127.0.0.1'],
    ]);
  });

  it('holds bodies where that is switched on, without secrets and personal data', async () => {
    const scene = await oneProvider(audited({ bodies: true }));
    scene.upstreams[0].next(chatAnswer('Ask jane@example.com'));
    const content = 'Hello, my key is sk-abcdefghijklmnopqrst';
    await chat(scene.gateway, { ...CHAT_REQUEST, messages: [{ role: 'user', content }] });
    const [entry] = await entriesOf(scene);
    expect(entry?.requestBody).toContain('Hello, my key is [redacted]');
    expect(entry?.responseBody).toContain('Ask [redacted]');
  });

  it('puts a stream together, so that what is to be left out is found across its pieces', async () => {
    const scene = await oneProvider(audited({ bodies: true }));
    scene.upstreams[0].next(chatStream(['Ask jane', '@exam', 'ple.com', ' please']));
    await chat(scene.gateway, STREAM_REQUEST);
    const [entry] = await entriesOf(scene);
    expect(entry?.responseBody).toContain('"Ask [redacted] please"');
  });

  it('cuts bodies, and leaves nothing of a secret at the cut', async () => {
    const scene = await oneProvider(audited({ bodies: true, bodyBytes: 256 }));
    const secret = `sk-${'a'.repeat(500)}`;
    for (const before of [0, 100, 150, 200, 230, 256, 1_000]) {
      const content = `${'- '.repeat(before / 2)}${secret}`;
      await chat(scene.gateway, { ...CHAT_REQUEST, messages: [{ role: 'user', content }] });
    }
    const entries = await entriesOf(scene);
    expect(entries).toHaveLength(7);
    for (const { requestBody } of entries) {
      expect(requestBody?.length).toBeLessThanOrEqual(257);
      expect(requestBody).not.toContain('sk-');
      expect(requestBody).not.toContain('aaaa');
    }
  });

  it('is appended to a file, a line of JSON each, for the gateway’s user alone', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'nestgate-audit-'));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    const file = join(directory, 'audit.jsonl');
    const scene = await oneProvider(audited({ sink: 'file', file }));
    await chat(scene.gateway);
    await entriesOf(scene);
    await chat(scene.gateway);
    await entriesOf(scene);
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(
      scene.watch.completed.map(({ requestId }) => expect.objectContaining({ requestId, keyName: 'test' })),
    );
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('waits while its sink takes nothing, and no call waits for it', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'nestgate-audit-'));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    const file = join(directory, 'later', 'audit.jsonl');
    const scene = await oneProvider(audited({ sink: 'file', file }));
    expect((await chat(scene.gateway)).status).toBe(200);
    await entriesOf(scene);
    expect([existsSync(file), scene.gateway.app.get(AuditWriter, { strict: false }).pending]).toEqual([false, 1]);
    mkdirSync(join(directory, 'later'));
    await entriesOf(scene);
    expect(readFileSync(file, 'utf8')).toContain(scene.watch.completed[0]?.requestId);
  });

  it('goes to a sink of the host’s', async () => {
    const taken: AuditEntry[] = [];
    @Injectable()
    class OwnSink extends AuditSink {
      write(entries: readonly AuditEntry[]): Promise<void> {
        taken.push(...entries);
        return Promise.resolve();
      }
    }
    const scene = await oneProvider({ gateway: { auditSink: OwnSink } });
    await chat(scene.gateway);
    await entriesOf(scene);
    expect(taken.map(({ requestId }) => requestId)).toEqual([scene.watch.completed[0]?.requestId]);
  });

  it('writes what is left when the application stops', async () => {
    const taken: AuditEntry[] = [];
    @Injectable()
    class OwnSink extends AuditSink {
      write(entries: readonly AuditEntry[]): Promise<void> {
        taken.push(...entries);
        return Promise.resolve();
      }
    }
    const scene = await oneProvider({ gateway: { auditSink: OwnSink, audit: { bodies: true } } });
    await chat(scene.gateway);
    await scene.gateway.close();
    expect(taken).toHaveLength(1);
  });

  it('is left only where there is a sink', async () => {
    const scene = await oneProvider();
    await chat(scene.gateway);
    expect(await entriesOf(scene)).toEqual([]);
  });
});
