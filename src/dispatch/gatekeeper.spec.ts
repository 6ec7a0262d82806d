import { describe, expect, it } from 'vitest';
import { callContext } from '../../test/support/calls.js';
import { deploymentOf } from '../../test/support/deployments.js';
import { type DeploymentGate, DeploymentGates, type GateRefusal } from '../events/deployment-gates.js';
import { GatewayEventBus } from '../events/gateway-event-bus.js';
import { CircuitBreakers } from './circuit-breakers.js';
import { Gatekeeper } from './gatekeeper.js';

const REFUSAL: GateRefusal = { reason: 'rate_limited', retryAfter: 3 };

function gates(...answers: ReturnType<DeploymentGate['enter']>[]) {
  const all = new DeploymentGates();
  const told: string[] = [];
  for (const [index, answer] of answers.entries()) {
    all.add({
      enter: (_call, { id }) => {
        told.push(`enter ${index} ${id}`);
        return answer;
      },
      leave: (_call, { id }, outcome) => told.push(`leave ${index} ${id} ${outcome}`),
    });
  }
  // One that does not care what becomes of tries.
  all.add({ enter: () => undefined });
  return { gatekeeper: new Gatekeeper(new CircuitBreakers(new GatewayEventBus()), all), told, all };
}

const deployment = deploymentOf({});

describe('Gatekeeper', () => {
  it('lets a try through that every gate lets through, and tells each how it went', () => {
    const { gatekeeper, told } = gates(undefined, undefined);

    expect(gatekeeper.enter(callContext(), deployment, false)).toBeUndefined();
    expect(deployment.account.bulkhead.inFlight).toBe(1);
    gatekeeper.leave(callContext(), deployment, 'success');
    expect(deployment.account.bulkhead.inFlight).toBe(0);

    expect(told).toEqual(['enter 0 acme/m', 'enter 1 acme/m', 'leave 0 acme/m success', 'leave 1 acme/m success']);
  });

  it('takes a try back from the gates before the one that refuses, and asks none after it', () => {
    const { gatekeeper, told } = gates(undefined, REFUSAL, undefined);

    expect(gatekeeper.enter(callContext(), deployment, false)).toEqual(REFUSAL);

    expect(told).toEqual(['enter 0 acme/m', 'enter 1 acme/m', 'leave 0 acme/m ignored']);
  });

  it.each([
    [
      'throws',
      () => {
        throw new Error('a fault');
      },
    ],
    ['rejects', () => Promise.reject(new Error('a fault'))],
  ])('takes a try back where a gate %s', async (_name, enter) => {
    const { gatekeeper, told, all } = gates(undefined);
    all.add({ enter });
    await expect((async () => gatekeeper.enter(callContext(), deployment, false))()).rejects.toThrow('a fault');
    expect(told).toEqual(['enter 0 acme/m', 'leave 0 acme/m ignored']);
    expect(deployment.account.bulkhead.inFlight).toBe(0);
  });

  it('waits for gates that cannot tell at once', async () => {
    const { gatekeeper, told } = gates(undefined, Promise.resolve(undefined), Promise.resolve(REFUSAL));

    expect(await gatekeeper.enter(callContext(), deployment, false)).toEqual(REFUSAL);

    expect(told.slice(3)).toEqual(['leave 0 acme/m ignored', 'leave 1 acme/m ignored']);
  });
});
