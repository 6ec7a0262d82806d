import { describe, expect, it } from 'vitest';
import { callContext } from '../../../test/support/calls.js';
import { GatewayError } from '../../errors/gateway-error.js';
import { type CallContext } from '../../events/call-context.js';
import { type FoundAnswer } from './answer-store.js';
import { Flights } from './flights.js';

const ANSWER: FoundAnswer = { answer: { contentType: 'text/plain', bytes: Buffer.from('a'), warnings: [] }, age: 0 };

/** Calls that join one after the other; what they were told, in their order. */
function joined(flights: Flights, count: number) {
  const calls: CallContext[] = Array.from({ length: count }, () => callContext());
  const told: unknown[] = calls.map(() => undefined);
  calls.forEach((call, at) => {
    const landing = flights.join('key', call);
    if (landing === undefined) told[at] = 'leads';
    else void landing.then((value) => (told[at] = value)).catch((error: unknown) => (told[at] = error));
  });
  return { calls, told: () => new Promise((resolve) => setImmediate(() => resolve(told))) };
}

describe('Flights', () => {
  it('has one lead and the others wait for its answer', async () => {
    const flights = new Flights();
    const { told } = joined(flights, 3);
    expect(await told()).toEqual(['leads', undefined, undefined]);
    expect(flights.join('other', callContext())).toBeUndefined();
    flights.land('key', () => ANSWER);
    expect(await told()).toEqual(['leads', ANSWER, ANSWER]);
    expect(flights.join('key', callContext())).toBeUndefined();
  });

  it('has each ask for itself where the one that led failed', async () => {
    const flights = new Flights();
    const { told } = joined(flights, 3);
    flights.scatter('key');
    expect(await told()).toEqual(['leads', 'alone', 'alone']);
  });

  it('has the next one lead where the one that led has left', async () => {
    const flights = new Flights();
    const { told } = joined(flights, 3);
    flights.passOn('key');
    expect(await told()).toEqual(['leads', 'lead', undefined]);
    flights.passOn('key');
    expect(await told()).toEqual(['leads', 'lead', 'lead']);
    flights.passOn('key');
    expect(flights.join('key', callContext())).toBeUndefined();
  });

  it('lets go of those that are cancelled', async () => {
    const flights = new Flights();
    const { calls, told } = joined(flights, 3);
    const gone = new GatewayError('client_closed_request');
    calls[1]?.cancellation.cancel(gone);
    flights.passOn('key');
    expect(await told()).toEqual(['leads', gone, 'lead']);
    const late = callContext();
    late.cancellation.cancel(gone);
    await expect(flights.join('key', late)).rejects.toBe(gone);
  });
});
