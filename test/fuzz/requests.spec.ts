import { connect } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chat, http } from '../bad-inputs/bad-input.js';
import { type GatewayUnderTest, startGateway } from '../support/gateway.js';
import { damaged, fuzzing, PATIENCE } from './fuzzing.js';

/** Sends bytes and the end of them; gives back all that comes. */
function tell(port: number, bytes: Buffer): Promise<string> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect(port, '127.0.0.1', () => socket.end(bytes));
    socket.on('data', (some) => (answer += some.toString('latin1')));
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(answer));
  });
}

describe('a damaged request', () => {
  let gateway: GatewayUnderTest;
  const crashes: unknown[] = [];
  const onCrash = (error: unknown): void => void crashes.push(error);

  beforeAll(async () => {
    process.on('unhandledRejection', onCrash).on('uncaughtException', onCrash);
    gateway = await startGateway({}, { http: { headers: 2_000, request: 2_000, sweep: 100 } });
  });
  afterAll(async () => {
    await gateway.close();
    process.off('unhandledRejection', onCrash).off('uncaughtException', onCrash);
  });

  it.each([
    ['of a chat', chat()],
    ['of a stream', chat({ stream: true })],
    ['in chunks', chat('2\r\n{}\r\n0\r\n\r\n', { headers: 'Transfer-Encoding: chunked\r\n' })],
    ['of a list', http()],
    ['two, one after the other', Buffer.concat([http(), chat()])],
  ])(
    '%s is answered, or refused with an error of ours',
    async (_name, sound) => {
      await fc.assert(
        fc.asyncProperty(damaged(sound), async (bytes) => {
          const answer = await tell(gateway.port, bytes);
          for (const [, status, rest = ''] of answer.matchAll(/^HTTP\/1\.1 (\d{3})[^]*?\r\n\r\n([^]*)/gm)) {
            if (status === '200' || status === '100') break;
            expect(Number(status)).toBeGreaterThanOrEqual(400);
            expect(Number(status)).toBeLessThan(500);
            expect(rest).toMatch(/^\{"error":\{"message":"[^]*"type":"[a-z_]+"/);
          }
          expect(crashes).toEqual([]);
        }),
        fuzzing(0.5),
      );
    },
    PATIENCE,
  );

  it('and after all that it still serves', async () => {
    expect(await tell(gateway.port, http({ headers: 'Connection: close\r\n' }))).toMatch(/^HTTP\/1\.1 200 /);
  });
});
