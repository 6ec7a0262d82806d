import { Test } from '@nestjs/testing';
import { afterAll, expect, it, onTestFinished, vi } from 'vitest';
import { AppModule } from './app.module.js';

// Before the module is loaded, which reads it.
vi.hoisted(() => vi.stubEnv('GATEWAY_KEY', 'sk-minimal-0123456789abcdef'));
afterAll(() => void vi.unstubAllEnvs());

it('answers whom the host has given a key', async () => {
  const testing = await Test.createTestingModule({ imports: [AppModule] }).compile();
  const app = testing.createNestApplication({ bodyParser: false, logger: false });
  onTestFinished(() => app.close());
  await app.listen(0, '127.0.0.1');
  const ask = async (key: string): Promise<unknown[]> => {
    const response = await fetch(`${await app.getUrl()}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'simulator/echo', messages: [{ role: 'user', content: 'Hello there!' }] }),
    });
    return [response.status, (await response.text()).includes('Hello there!')];
  };
  expect(await ask('sk-minimal-0123456789abcdef')).toEqual([200, true]);
  expect(await ask('sk-other-0123456789abcdef')).toEqual([401, false]);
});
