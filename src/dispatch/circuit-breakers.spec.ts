import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { callContext } from '../../test/support/calls.js';
import { deploymentOf } from '../../test/support/deployments.js';
import { UpstreamError } from '../errors/upstream-error.js';
import { CircuitClosed, CircuitOpened } from '../events/gateway-events.js';
import { GatewayEventBus } from '../events/gateway-event-bus.js';
import { CircuitBreakers } from './circuit-breakers.js';

const target = deploymentOf({});
const error = new UpstreamError('upstream_error', { status: 500 });

function breakers() {
  const bus = new GatewayEventBus();
  const told: string[] = [];
  bus.on(CircuitOpened, (event) => told.push(`opened ${event.target.id} for ${event.openForMs}`));
  bus.on(CircuitClosed, (event) => told.push(`closed ${event.target.id}`));
  const circuits = new CircuitBreakers(bus);
  const call = callContext();
  const fail = (times: number): void => {
    for (let time = 0; time < times; time++) circuits.failed(call, target, error);
  };
  const states = (): string[] => circuits.states().map(({ target: { id }, state }) => `${id} ${state}`);
  return { circuits, told, call, fail, states };
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('CircuitBreakers', () => {
  it('tell of a deployment that fails, and of its recovery', () => {
    const { circuits, told, call, fail, states } = breakers();
    expect(circuits.enter(call, target)).toBeUndefined();
    fail(5);
    expect(circuits.isOpen(target)).toBe(true);
    expect(states()).toEqual(['acme/m open']);
    expect(circuits.enter(call, target)).toEqual({ reason: 'circuit_open', retryAfter: 5 });
    vi.advanceTimersByTime(4_500);
    expect(circuits.enter(call, target)).toEqual({ reason: 'circuit_open', retryAfter: 1 });
    vi.advanceTimersByTime(500);
    expect(states()).toEqual(['acme/m half_open']);
    expect(circuits.enter(call, target)).toBeUndefined();
    fail(1);
    vi.advanceTimersByTime(10_000);
    expect(circuits.enter(call, target)).toBeUndefined();
    circuits.answered(target, performance.now());
    expect(states()).toEqual(['acme/m closed']);
    expect(told).toEqual(['opened acme/m for 5000', 'opened acme/m for 10000', 'closed acme/m']);
  });

  it('keep deployments apart', () => {
    const { circuits, call, fail } = breakers();
    fail(5);
    expect(circuits.enter(call, deploymentOf({}, { id: 'acme/other' }))).toBeUndefined();
  });

  it('remember nothing of a deployment that is well, or is well again', () => {
    const { circuits, fail, states } = breakers();
    circuits.succeeded(target);
    expect(states()).toEqual([]);
    fail(1);
    circuits.succeeded(target);
    expect(states()).toEqual(['acme/m closed']);
    vi.advanceTimersByTime(10_001);
    circuits.succeeded(target);
    expect(states()).toEqual([]);
  });

  it('remember no more deployments than ten thousand', () => {
    const { circuits, call } = breakers();
    for (let number = 0; number <= 10_000; number++) {
      circuits.failed(call, { ...target, id: `open/${number}` }, error);
    }
    expect(circuits.states()).toHaveLength(10_000);
    expect(circuits.states()[0]?.target.id).toBe('open/1');
  });

  it('hold what ends at a provider that was replaced against nobody', () => {
    const { circuits, told, call, fail, states } = breakers();
    const successor = deploymentOf({});
    fail(4);
    circuits.forget(target.account);
    expect(states()).toEqual([]);
    fail(5);
    expect(circuits.isOpen(successor)).toBe(false);
    // Nor in its favour.
    for (let time = 0; time < 5; time++) circuits.failed(call, successor, error);
    circuits.answered(target, performance.now() + 1);
    circuits.succeeded(target);
    expect(circuits.isOpen(successor)).toBe(true);
    expect(circuits.isOpen(target)).toBe(false);
    expect(told).toEqual(['opened acme/m for 5000']);
  });
});
