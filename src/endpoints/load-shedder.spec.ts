import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Principal } from '../auth/principal.js';
import { type CallContext } from '../events/call-context.js';
import { CallAdmitted, CallCompleted } from '../events/gateway-events.js';
import { GatewayEventBus } from '../events/gateway-event-bus.js';
import { CallsInFlight } from './calls-in-flight.js';
import { LoadShedder } from './load-shedder.js';

const OVERLOAD = { delayMs: 100, heap: 1, calls: Number.POSITIVE_INFINITY };
const CALLER = { settings: { priority: 'normal' } } as unknown as Principal;

let now = 0;
let bus: GatewayEventBus;
let load: LoadShedder;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  vi.spyOn(performance, 'now').mockImplementation(() => now);
  bus = new GatewayEventBus();
  const calls = new CallsInFlight(bus, { shutdownGrace: 0, shutdownDrain: 0 });
  calls.onModuleInit();
  load = new LoadShedder({ overload: OVERLOAD }, calls, bus);
  load.onModuleInit();
});
afterEach(() => {
  load.onApplicationShutdown();
  vi.restoreAllMocks();
  vi.useRealTimers();
});

/** One turn of the event loop, with so many requests of so many milliseconds each. @returns how many were let in. */
function turn(requests: number, milliseconds: number): number {
  let letIn = 0;
  for (let request = 0; request < requests; request++) {
    if (load.refusal(CALLER) !== undefined) continue;
    letIn++;
    now += milliseconds;
  }
  now += 1;
  vi.advanceTimersByTime(5);
  return letIn;
}

/** A second and a half in which nobody asks. */
function rest(): void {
  for (let turns = 0; turns < 1_500; turns++) turn(0, 0);
}

describe('LoadShedder', () => {
  it('lets a burst in that comes out of calm', () => {
    turn(3, 1);
    expect(turn(1_000, 0.5)).toBe(1_000);
  });

  it('refuses what is left of one that takes too long for a burst', () => {
    turn(3, 1);
    const letIn = turn(10_000, 0.5);
    expect(letIn).toBeGreaterThanOrEqual(2_000);
    expect(letIn).toBeLessThan(2_100);
  });

  it('refuses within a turn that is too long where there was much to do before', () => {
    for (let busy = 0; busy < 20; busy++) expect(turn(5, 5)).toBe(5);
    const letIn = turn(81, 5);
    expect(letIn).toBeGreaterThanOrEqual(20);
    expect(letIn).toBeLessThan(40);
  });

  it('knows after a burst that there was one', () => {
    turn(3, 1);
    turn(1_000, 0.5);
    const letIn = turn(1_000, 0.5);
    expect(letIn).toBeGreaterThanOrEqual(200);
    expect(letIn).toBeLessThan(300);
  });

  it('leaves a process at rest alone, and looks again from the next request on', () => {
    expect(vi.getTimerCount()).toBe(0);
    turn(1, 1);
    expect(vi.getTimerCount()).toBe(1);
    for (let turns = 0; turns < 500; turns++) turn(0, 0);
    expect(vi.getTimerCount()).toBe(1);
    rest();
    expect(vi.getTimerCount()).toBe(0);
    for (let busy = 0; busy < 20; busy++) expect(turn(5, 5)).toBe(5);
    expect(turn(81, 5)).toBeLessThan(40);
  });

  it('looks on while calls are under way', () => {
    turn(1, 1);
    const call = {} as CallContext;
    bus.emit(new CallAdmitted(call));
    rest();
    expect(vi.getTimerCount()).toBe(1);
    bus.emit(new CallCompleted(call));
    rest();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('lets few requests in that take long', () => {
    turn(9, 5);
    expect(turn(32, 50)).toBe(32);
  });
});
