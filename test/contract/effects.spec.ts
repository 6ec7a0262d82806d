import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ProviderLimit } from '../../src/providers/provider-limits.js';
import { PLAIN } from './cases/feature-case.js';
import { anthropic } from './doubles/anthropic.js';
import { expectEffect, type Trial } from './effects.js';
import { type Json } from './provider-double.js';
import { Stage } from './stage.js';

const EFFECTS: readonly ProviderLimit['effect'][] = ['refused', 'left out', 'changed', 'absent'];

/** One request for each of the four, and one for none, of a provider that is known to treat them so. */
const TRUTHS: readonly (readonly [effect: ProviderLimit['effect'] | undefined, name: string, value: unknown])[] = [
  [undefined, 'top_p', 0.5],
  ['refused', 'n', 2],
  ['left out', 'seed', 7],
  ['changed', 'temperature', 1.5],
];

describe('the check of declared limits', () => {
  let stage: Stage;

  beforeAll(async () => {
    stage = await Stage.open(anthropic);
    stage.plays(PLAIN);
  });

  afterAll(() => stage.close());

  const trialOf = (request: Json, name: string, value: unknown): Trial => ({
    request,
    isTold: true,
    ask: (policy) => stage.ask(request, { policy }),
    check: ({ native }) => expect(native.parameters[name]).toEqual(value),
  });

  const verdict = (effect: ProviderLimit['effect'] | undefined, trial: Trial): Promise<boolean> =>
    expectEffect(effect === undefined ? undefined : { effect, reason: 'None.' }, trial).then(
      () => true,
      () => false,
    );

  it.each(TRUTHS)('finds only the declaration %s true of %s', async (truth, name, value) => {
    const trial = trialOf({ [name]: value }, name, value);
    for (const effect of [undefined, ...EFFECTS])
      expect([effect, await verdict(effect, trial)]).toEqual([effect, effect === truth]);
  });

  it('finds what a provider does not say absent, and what it does say not', async () => {
    const trial = trialOf({}, 'none', undefined);
    expect(await verdict('absent', { ...trial, isTold: false })).toBe(true);
    expect(await verdict('absent', trial)).toBe(false);
    expect(await verdict(undefined, { ...trial, isTold: false })).toBe(false);
  });

  it('notices a warning of another parameter', async () => {
    const trial = trialOf({ seed: 7 }, 'seed', 7);
    expect(await verdict('left out', { ...trial, request: { stop: 'x' } })).toBe(false);
  });
});
