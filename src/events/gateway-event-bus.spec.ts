import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { GatewayEventBus } from './gateway-event-bus.js';

class Knock {
  constructor(readonly times: number) {}
}
class Ring {}

describe('GatewayEventBus', () => {
  let errors: unknown[][];
  beforeEach(() => {
    errors = [];
    Logger.overrideLogger({
      log: () => undefined,
      warn: () => undefined,
      error: (...said: unknown[]) => errors.push(said),
    });
  });
  afterEach(() => Logger.overrideLogger(false));

  it('tells each listener of an event of its type, in their order, at once', () => {
    const bus = new GatewayEventBus();
    const heard: string[] = [];
    bus.on(Knock, ({ times }) => heard.push(`a ${times}`));
    bus.on(Knock, ({ times }) => heard.push(`b ${times}`));
    bus.on(Ring, () => heard.push('ring'));
    bus.emit(new Knock(3));
    expect(heard).toEqual(['a 3', 'b 3']);
  });

  it('knows whether anybody listens', () => {
    const bus = new GatewayEventBus();
    expect(bus.hasListener(Knock)).toBe(false);
    const [stop, stopToo] = [bus.on(Knock, () => undefined), bus.on(Knock, () => undefined)];
    stop();
    stop();
    expect(bus.hasListener(Knock)).toBe(true);
    stopToo();
    expect(bus.hasListener(Knock)).toBe(false);
  });

  it('tells those who were there at the start, also if one leaves meanwhile', () => {
    const bus = new GatewayEventBus();
    const heard: string[] = [];
    const stop = bus.on(Knock, () => {
      heard.push('first');
      stop();
    });
    bus.on(Knock, () => heard.push('second'));
    bus.emit(new Knock(1));
    bus.emit(new Knock(2));
    expect(heard).toEqual(['first', 'second', 'second']);
  });

  it('is an Observable for who wants one', () => {
    const bus = new GatewayEventBus();
    const heard: number[] = [];
    const subscription = bus.ofType(Knock).subscribe(({ times }) => heard.push(times));
    bus.emit(new Knock(1));
    subscription.unsubscribe();
    bus.emit(new Knock(2));
    expect(heard).toEqual([1]);
    expect(bus.hasListener(Knock)).toBe(false);
  });

  it.each([
    [
      'throws',
      () => {
        throw new Error('a bug');
      },
    ],
    ['rejects', () => Promise.reject(new Error('a bug'))],
  ])('logs a listener that %s, and tells the others', async (_name, listener: () => unknown) => {
    const bus = new GatewayEventBus();
    const heard: number[] = [];
    bus.on(Knock, () => void 0);
    bus.on(Knock, listener);
    bus.on(Knock, ({ times }) => heard.push(times));
    bus.emit(new Knock(1));
    await vi.waitFor(() => expect(errors).toHaveLength(1));
    expect(heard).toEqual([1]);
    expect(errors[0]).toEqual(['A subscriber of Knock failed', new Error('a bug'), 'GatewayEventBus']);
  });
});
