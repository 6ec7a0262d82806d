import { afterEach, describe, expect, it, vi } from 'vitest';
import { chat, CHAT_REQUEST } from '../support/chat-client.js';
import { oneProvider } from '../support/scene.js';

/*
 * R25: five clients that send the worst bodies in a loop must not slow others down. What makes it so is tested, in place of
 * a time: a body that would block the event loop is never parsed, and what is parsed has no more values than are allowed.
 */
const many = (count: number, of: (index: number) => string): string =>
  Array.from({ length: count }, (_, i) => of(i)).join();
const good = JSON.stringify(CHAT_REQUEST).slice(1, -1);

/** Each would take JSON.parse a tenth of a second and more, or its stack. */
const WORST: Record<string, string> = {
  'a hundred thousand names': `{${good},"a":{${many(100_000, (i) => `"k${i}":1`)}}}`,
  'names at the top': `{${good},${many(100_000, (i) => `"k${i}":1`)}}`,
  'a million empty lists': `{${good},"a":[${many(1_000_000, () => '[]')}]}`,
  'half a million empty texts': `{${good},"a":[${many(500_000, () => '""')}]}`,
  depth: `{${good},"a":${'['.repeat(2_000_000)}`,
  'depth of objects': `{${good},"a":${'{"a":'.repeat(700_000)}`,
  'depth behind a text of brackets': `{${good},"b":"${'[\\"'.repeat(1_000)}","a":${'[{"a":'.repeat(100_000)}`,
};

/** Allowed, and as dear as that gets. */
const DEAREST = {
  ...CHAT_REQUEST,
  metadata: Object.fromEntries(Array.from({ length: 24_000 }, (_, index) => [`k${index}`, 'x'])),
  user: 'x'.repeat(1_000_000),
};

afterEach(() => {
  vi.restoreAllMocks();
});

describe('R25: bodies that would block the event loop', () => {
  it.each(Object.entries(WORST))('%s: refused before they are parsed', async (_name, body) => {
    const { gateway, upstreams } = await oneProvider();
    const parse = vi.spyOn(JSON, 'parse');
    const answer = await chat(gateway, body);
    const longest = Math.max(0, ...parse.mock.calls.map(([text]) => text.length));
    expect([answer.status, answer.text]).toEqual([400, expect.stringContaining('json_too_complex')]);
    expect(longest).toBeLessThan(10_000);
    expect(upstreams[0].dispatches).toBe(0);
  });

  it('five clients with the worst of all, and others among them: each gets its answer', async () => {
    const { gateway, upstreams } = await oneProvider({ provider: { maxConcurrency: 0 } });
    const bodies = [...Object.values(WORST), JSON.stringify(DEAREST)];
    let isOver = false;
    const attack = async (start: number): Promise<void> => {
      for (let turn = start; !isOver; turn++) {
        const { status } = await chat(gateway, bodies[turn % bodies.length]);
        expect([200, 400]).toContain(status);
      }
    };
    const attackers = Array.from({ length: 5 }, (_, index) => attack(index));
    for (let turn = 0; turn < 30; turn++) expect((await chat(gateway)).status).toBe(200);
    isOver = true;
    await Promise.all(attackers);
    expect(upstreams[0].dispatches).toBeGreaterThanOrEqual(30);
  });
});
