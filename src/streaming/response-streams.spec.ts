import { createServer, get, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { from } from 'rxjs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { callContext } from '../../test/support/calls.js';
import { GatewayError } from '../errors/gateway-error.js';
import { type GatewaySettings } from '../gateway.settings.js';
import { type AnswerStream } from '../providers/provider-adapter.interface.js';
import { ResponseStreams } from './response-streams.js';

/** A stream that has these events at hand when somebody subscribes to it. */
function streamOf(...events: readonly string[]): AnswerStream {
  const parts = events.map((one) => ({ bytes: Buffer.from(`data: ${one}\n\n`), hasContent: true, textBytes: 0 }));
  return { contentType: undefined, parts: from(parts), pause: () => undefined, resume: () => undefined };
}

/** What a client gets of an answer. */
async function received(answer: (response: ServerResponse) => Promise<void>): Promise<string> {
  const server = createServer((_request, response) => void answer(response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return text(await new Promise<IncomingMessage>((resolve) => get({ host: '127.0.0.1', port, agent: false }, resolve)));
}

describe('ResponseStreams', () => {
  it('writes nothing of what comes after an event that the filter refuses', async () => {
    const settings = { keepAliveInterval: 0, openAfter: 0, stallTimeout: 0 };
    const streams = new ResponseStreams(settings as GatewaySettings);
    const call = callContext({ streaming: true });
    const refusal = new GatewayError('request_refused', { message: 'Not this.' });
    const shown: string[] = [];
    const got = await received(async (response) => {
      streams.expect(response, call);
      const filter = (events: Buffer): Buffer => {
        shown.push(String(events));
        if (shown.length === 2) throw refusal;
        return events;
      };
      await streams.write(response, call, streamOf('one', 'two', 'three'), filter).catch((error: unknown) => {
        streams.fail(response, GatewayError.from(error));
      });
    });
    expect(shown).toEqual(['data: one\n\n', 'data: two\n\n']);
    expect(got).toMatch(/^data: one\n\ndata: \{"error":.*"Not this\.".*\}\n\n$/);
  });
});
