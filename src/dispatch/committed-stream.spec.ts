import { Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { callContext } from '../../test/support/calls.js';
import { TurnQueue } from '../collections/turn-queue.js';
import { GatewayError } from '../errors/gateway-error.js';
import { UpstreamError } from '../errors/upstream-error.js';
import { Attempt } from '../events/attempt.js';
import { type CallContext } from '../events/call-context.js';
import { type AnswerStream, type StreamPart } from '../providers/provider-adapter.interface.js';
import { NO_TOKENS } from '../protocol/token-usage.js';
import { CommittedStream } from './committed-stream.js';

/** A provider's stream in the hands of the test. */
class Source implements AnswerStream {
  readonly parts = new Subject<StreamPart>();
  isPaused = false;
  /** What to send as soon as it is resumed. */
  onResume: (() => void) | undefined;

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
    this.onResume?.();
  }

  send(text: string, { hasContent = true, ...rest }: Partial<StreamPart> = {}): void {
    this.parts.next({ bytes: Buffer.from(text), hasContent, textBytes: hasContent ? text.length : 0, ...rest });
  }
}

const newCall = (): CallContext => callContext({ streaming: true });

function open(source: AnswerStream, call = newCall()) {
  const ends: (GatewayError | undefined)[] = [];
  const begun = new TurnQueue<() => void>((all) => all.forEach((commit) => commit()));
  return { call, ends, opened: CommittedStream.open(source, call, begun, (error) => ends.push(error)) };
}

function read(stream: CommittedStream) {
  const seen = { text: '', error: undefined as unknown, isComplete: false };
  const subscription = stream.parts.subscribe({
    next: ({ bytes }) => (seen.text += bytes.toString()),
    error: (error: unknown) => (seen.error = error),
    complete: () => (seen.isComplete = true),
  });
  return { seen, subscription };
}

const BIG = 'x'.repeat(70_000);

describe('CommittedStream', () => {
  it('opens at the first content, and holds back what came before', async () => {
    const source = new Source();
    const { call, ends, opened } = open(source);
    source.send('role ', { hasContent: false });
    expect(call.firstChunkMs).toBeNull();
    source.send('text ');
    source.send('more ');
    const { seen } = read(await opened);
    expect(seen.text).toBe('role text more ');
    source.send('last');
    source.parts.complete();
    expect(seen).toEqual({ text: 'role text more last', error: undefined, isComplete: true });
    expect(call.firstChunkMs).not.toBeNull();
    expect(call.textBytes).toBe(14);
    expect(ends).toEqual([undefined]);
  });

  it('fails where the stream fails before, and leaves what it counted with the try', async () => {
    const source = new Source();
    const { call, ends, opened } = open(source);
    const usage = { ...NO_TOKENS, inputUncached: 3 };
    const units = { serviceTier: 'flex' };
    const attempt = new Attempt({ id: 'p/m', providerName: 'p', model: 'm', upstreamModel: 'm' });
    call.attempts.push(attempt);
    source.send('role', { hasContent: false, usage, units, textBytes: 4 });
    source.parts.error(new UpstreamError('upstream_stream_broken'));
    await expect(opened).rejects.toMatchObject({ code: 'upstream_stream_broken' });
    expect([call.usage, call.units, call.textBytes, ends]).toEqual([undefined, undefined, 0, []]);
    expect([attempt.wasted, attempt.wastedUnits]).toEqual([usage, units]);
  });

  it('tells a failure after the content to its reader, also to one who comes late', async () => {
    const source = new Source();
    const { ends, opened } = open(source);
    source.send('text');
    source.parts.error(new UpstreamError('upstream_unreachable'));
    const { seen } = read(await opened);
    expect(seen.text).toBe('text');
    expect(seen.error).toMatchObject({ code: 'upstream_unreachable' });
    expect(ends).toHaveLength(1);
  });

  it('takes a stream that ends well without content for an answer', async () => {
    const source = new Source();
    const { ends, opened } = open(source);
    source.send('role', { hasContent: false });
    source.parts.complete();
    const { seen } = read(await opened);
    expect(seen).toEqual({ text: 'role', error: undefined, isComplete: true });
    expect(ends).toEqual([undefined]);
  });

  it('stops the provider when its reader leaves', async () => {
    const source = new Source();
    const { call, ends, opened } = open(source);
    source.send('text');
    const { subscription } = read(await opened);
    call.cancellation.cancel(new GatewayError('client_closed_request'));
    subscription.unsubscribe();
    expect(source.parts.observed).toBe(false);
    expect(ends.map((error) => error?.code)).toEqual(['client_closed_request']);
  });

  it('does not read ahead of its reader without bounds', async () => {
    const source = new Source();
    const { opened } = open(source);
    source.send('text ');
    expect(source.isPaused).toBe(false);
    source.send(BIG);
    expect(source.isPaused).toBe(true);
    const { seen } = read(await opened);
    expect(source.isPaused).toBe(false);
    expect(seen.text.length).toBe(5 + BIG.length);
  });

  it('stays paused for a reader who cannot take what was held', async () => {
    const source = new Source();
    const { opened } = open(source);
    source.send(BIG);
    const stream = await opened;
    stream.parts.subscribe(() => stream.pause());
    expect(source.isPaused).toBe(true);
    stream.resume();
    expect(source.isPaused).toBe(false);
  });

  it('keeps the order where the provider sends at once when resumed', async () => {
    const source = new Source();
    const { opened } = open(source);
    source.send('first ');
    source.send(BIG);
    source.onResume = () => source.send(' last');
    const { seen } = read(await opened);
    expect(seen.text).toBe(`first ${BIG} last`);
  });

  it('opens without content rather than hold back more than that', async () => {
    const source = new Source();
    const { call, opened } = open(source);
    source.send(BIG, { hasContent: false });
    const { seen } = read(await opened);
    source.send(' text');
    source.parts.complete();
    expect(seen).toEqual({ text: `${BIG} text`, error: undefined, isComplete: true });
    expect(call.firstChunkMs).not.toBeNull();
  });
});
