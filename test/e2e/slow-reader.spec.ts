import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { chat, ChatClient } from '../support/chat-client.js';
import { DONE, finish, role, type SeenRequest, text, usage } from '../support/fake-upstream.js';
import { oneProvider, type Scene } from '../support/scene.js';

const MEGABYTE = 1024 * 1024;
const TOTAL = 64 * MEGABYTE;
/** What the kernel holds for two connections on the loopback, and the gateway between them, with room to spare. */
const HELD_AT_MOST = 40 * MEGABYTE;

/** Writes events of one size as fast as they are taken. */
function flood(eventBytes: number) {
  const event = Buffer.from(`data: ${JSON.stringify(text('x'.repeat(eventBytes)))}\n\n`);
  return async (seen: SeenRequest): Promise<void> => {
    seen.head(200, { 'content-type': 'text/event-stream' });
    await seen.write(`data: ${JSON.stringify(role)}\n\n`);
    while (seen.bytesWritten < TOTAL && !seen.leftByPeer) await seen.write(event);
    await seen.write(`data: ${JSON.stringify(finish)}\n\n`);
    await usage({ input: 1, output: 2 })(seen);
    seen.end(DONE);
  };
}

/** Waits until the upstream's writes stand still: over many rounds in which everything else goes on. */
async function standstill({ gateway }: Pick<Scene, 'gateway'>, seen: SeenRequest): Promise<number> {
  let before = -1;
  for (let rounds = 0; rounds < 30;) {
    await chat(gateway, undefined, { path: '/v1/models', method: 'GET' });
    if (seen.bytesWritten === before && seen.isBlocked) rounds++;
    else rounds = 0;
    if (seen.bytesWritten >= TOTAL) break;
    before = seen.bytesWritten;
  }
  return seen.bytesWritten;
}

describe('a client that does not read', () => {
  it.each([
    ['small', 200],
    ['large', 48 * 1024],
    ['huge', 300 * 1024],
  ])('stops the provider, of %s events, until it reads again', async (_name, eventBytes) => {
    const { gateway, upstreams, record } = await oneProvider();
    const [upstream] = upstreams;
    upstream.always(flood(eventBytes));
    const client = new ChatClient(gateway, undefined, { keepText: false });
    client.pause();

    const seen = await upstream.request(0);
    expect(await standstill({ gateway }, seen)).toBeLessThan(HELD_AT_MOST);
    client.resume();
    await client.waitFor(({ isOver }) => isOver);

    expect(client.isWhole).toBe(true);
    expect(seen.bytesWritten).toBeGreaterThanOrEqual(TOTAL);
    expect(client.bytesRead).toBeGreaterThanOrEqual(TOTAL);
    expect(await record()).toMatchObject({ status: 'completed', grade: 'exact', tokens: { output: 2 } });
  });

  it('and then leaves: the provider is let go', async () => {
    const { gateway, upstreams, record } = await oneProvider();
    const [upstream] = upstreams;
    upstream.always(flood(16 * 1024));
    const client = new ChatClient(gateway, undefined, { keepText: false });
    client.pause();
    const seen = await upstream.request(0);
    await standstill({ gateway }, seen);
    client.leave();

    await upstream.waitFor(() => seen.leftByPeer);
    expect(await record()).toMatchObject({ status: 'aborted', grade: 'estimated' });
  });

  it('is not taken for a silent provider', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    onTestFinished(() => void vi.useRealTimers());
    const { gateway, upstreams, record } = await oneProvider({ provider: { idleTimeout: 500 } });
    const [upstream] = upstreams;
    upstream.always(flood(16 * 1024));
    const client = new ChatClient(gateway, undefined, { keepText: false });
    client.pause();
    const seen = await upstream.request(0);
    await standstill({ gateway }, seen);
    vi.advanceTimersByTime(1_200);
    client.resume();
    await client.waitFor(({ isOver }) => isOver);

    expect(client.bytesRead).toBeGreaterThanOrEqual(TOTAL);
    expect((await record()).status).toBe('completed');
  });
});
