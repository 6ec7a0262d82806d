import { createServer, get, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { from } from 'rxjs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { callContext } from '../../test/support/calls.js';
import { GatewayError } from '../errors/gateway-error.js';
import { type GatewaySettings } from '../gateway.settings.js';
import { type AnswerStream } from '../providers/provider-adapter.interface.js';
import { ResponseStreams } from './response-streams.js';

/** A stream that has these events at hand when somebody subscribes to it, the last of them with its end. */
function streamOf(...events: readonly string[]): AnswerStream {
  const parts = events.map((one, at) => ({
    bytes: Buffer.from(`data: ${one}\n\n`),
    hasContent: true,
    textBytes: 0,
    isLast: at === events.length - 1,
  }));
  return { contentType: undefined, parts: from(parts), pause: () => undefined, resume: () => undefined };
}

/** The port of a server that answers so. */
async function served(answer: (response: ServerResponse) => Promise<void>): Promise<number> {
  const server = createServer((_request, response) => void answer(response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** A client that asks for an answer and begins to get it. */
async function asked(answer: (response: ServerResponse) => Promise<void>): Promise<IncomingMessage> {
  const port = await served(answer);
  return new Promise((resolve) => get({ host: '127.0.0.1', port, agent: false }, resolve));
}

/** What a client gets of an answer. */
const received = async (answer: (response: ServerResponse) => Promise<void>): Promise<string> =>
  text(await asked(answer));

describe('ResponseStreams', () => {
  const settings = { keepAliveInterval: 0, openAfter: 0, stallTimeout: 0 };
  const streams = new ResponseStreams(settings as GatewaySettings);
  const call = callContext({ streaming: true });

  it('writes what came with the end of a stream together with its own end', async () => {
    const port = await served(async (response) => {
      streams.expect(response, call);
      await streams.write(response, call, streamOf('all'));
      const recorded = new Promise((resolve) => setImmediate(resolve));
      streams.hold(response);
      await recorded;
      streams.finish(response);
    });
    // As it is on the wire: a client would join what comes in two chunks.
    const socket = connect(port, '127.0.0.1');
    socket.write('GET / HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n');
    const [, body] = (await text(socket)).split('\r\n\r\n', 2);
    expect(body).toBe('19\r\ndata: all\n\ndata: [DONE]\n\n\r\n0');
  });

  it('does not hold it back for an end that takes longer', async () => {
    let finish = (): void => undefined;
    const answer = await asked(async (response) => {
      streams.expect(response, call);
      await streams.write(response, call, streamOf('all'));
      streams.hold(response);
      finish = () => streams.finish(response);
    });
    const pieces: string[] = [];
    for await (const piece of answer.setEncoding('utf8') as AsyncIterable<string>) {
      pieces.push(piece);
      finish();
    }
    expect(pieces).toEqual(['data: all\n\n', 'data: [DONE]\n\n']);
  });

  it('tells a failure after it', async () => {
    const got = await received(async (response) => {
      streams.expect(response, call);
      await streams.write(response, call, streamOf('all'));
      streams.fail(response, new GatewayError('usage_store_unavailable'));
    });
    expect(got).toMatch(/^data: all\n\ndata: \{"error":.*usage_store_unavailable.*\}\n\n$/);
  });

  it('writes nothing of what comes after an event that the filter refuses', async () => {
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
