import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { chatAnswer, chatStream, FakeUpstream, status } from '../../test/support/fake-upstream.js';
import { RecordedProvider } from './recorded-provider.js';

function fixture(): string {
  const folder = mkdtempSync(join(tmpdir(), 'nestgate-recorded-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return join(folder, 'fixture.json');
}

async function realProvider(): Promise<FakeUpstream> {
  const upstream = await FakeUpstream.start();
  onTestFinished(() => upstream.close());
  return upstream;
}

async function start(file: string, recordFrom?: string): Promise<RecordedProvider> {
  const provider = await RecordedProvider.start({ file, recordFrom });
  return provider;
}

async function ask({ baseUrl }: RecordedProvider, body: object): Promise<[number, string | null, string]> {
  const response = await fetch(`${baseUrl}/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: 'Bearer sk-real-secret' },
    body: JSON.stringify(body),
  });
  return [response.status, response.headers.get('content-type'), await response.text()];
}

it('records what a provider answers, and answers it again without one', async () => {
  const file = fixture();
  const upstream = await realProvider();
  upstream.next(chatAnswer('Hello'), chatStream(['Hel', 'lo']));
  const recording = await start(file, `${upstream.baseUrl}/`);
  const whole = await ask(recording, { model: 'm', messages: [] });
  const streamed = await ask(recording, { model: 'm', messages: [], stream: true });
  await recording.close();
  expect(upstream.last.headers['authorization']).toBe('Bearer sk-real-secret');
  expect(readFileSync(file, 'utf8')).not.toContain('sk-real-secret');

  const replaying = await start(file);
  onTestFinished(() => replaying.close());
  expect(await ask(replaying, { messages: [], model: 'm' })).toEqual(whole);
  expect(await ask(replaying, { model: 'm', messages: [], stream: true })).toEqual(streamed);
  expect(streamed[2]).toContain('data: [DONE]');
  expect(upstream.dispatches).toBe(2);
});

it('refuses what was not recorded', async () => {
  const provider = await start(fixture());
  onTestFinished(() => provider.close());
  const [code, , answer] = await ask(provider, { model: 'm' });
  expect([code, JSON.parse(answer)]).toMatchObject([501, { error: { code: 'not_recorded' } }]);
});

it('records no failure', async () => {
  const file = fixture();
  const upstream = await realProvider();
  upstream.next(status(503), chatAnswer('Hello'));
  const provider = await start(file, upstream.baseUrl);
  expect((await ask(provider, { model: 'm', messages: [] }))[0]).toBe(503);
  expect((await ask(provider, { model: 'm', messages: [] }))[0]).toBe(200);
  await provider.close();
  expect(JSON.parse(readFileSync(file, 'utf8'))).toHaveLength(1);
});
