import { connect, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { chat, ChatClient, STREAM_REQUEST } from '../support/chat-client.js';
import { Changes } from '../support/changes.js';
import { DONE, FakeUpstream, finish, gate, role, stream, text, usage } from '../support/fake-upstream.js';
import { TEST_KEY } from '../support/gateway.js';
import { gatewayProcesses } from '../support/gateway-processes.js';

// R24, at its figures: 256 open files, 500 connections.
describe.skipIf(process.platform !== 'linux')('R24: a gateway that may have 256 files open', () => {
  const startGateway = gatewayProcesses();

  it('takes no more connections than it can serve, ends those it has, and goes on afterwards', async () => {
    const upstream = await FakeUpstream.start();
    onTestFinished(() => upstream.close());
    const heard = gate();
    upstream.next(stream(role, text('one'), heard.passed, text('two'), finish, usage(), DONE));
    const gateway = await startGateway(
      {
        keys: [{ name: 'test', secret: TEST_KEY }],
        providers: [
          { name: 'first', kind: 'openai-compatible', baseUrl: upstream.baseUrl, models: [{ name: 'model' }] },
        ],
      },
      { openFiles: 256 },
    );
    const before = new ChatClient(gateway, STREAM_REQUEST);
    await before.waitFor(({ content }) => content === 'one');

    const changes = new Changes();
    const idle: Socket[] = [];
    let settled = 0;
    let refused = 0;
    for (let count = 0; count < 500; count++) {
      const socket = connect(gateway.port, '127.0.0.1');
      // Whoever is taken can say something, and is waited for.
      socket.once('connect', () => {
        settled++;
        changes.tell();
      });
      socket.on('error', () => undefined);
      socket.on('close', () => {
        refused++;
        changes.tell();
      });
      idle.push(socket);
    }
    await changes.waitFor(() => settled === 500 && refused >= 500 - 96);
    expect(refused).toBeLessThan(500);

    heard.open();
    await before.waitFor(({ isOver }) => isOver);
    expect([before.content, before.isWhole]).toEqual(['onetwo', true]);

    for (const socket of idle) socket.destroy();
    await changes.waitFor(() => refused === 500);
    const answered = async (): Promise<boolean> => (await chat(gateway).catch(() => ({ status: 0 }))).status === 200;
    await expect.poll(answered).toBe(true);
    // It is the same process, with room for all the calls that it may have connections for.
    const many = await Promise.all(Array.from({ length: 60 }, () => chat(gateway)));
    expect(many.every(({ status }) => status === 200)).toBe(true);
  });
});
