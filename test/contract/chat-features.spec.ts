import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PROVIDER_FEATURES } from '../../src/providers/provider-limits.js';
import { type FeatureCase, PLAIN } from './cases/feature-case.js';
import { CHAT_CASES } from './cases.js';
import { DOUBLES } from './doubles.js';
import { expectEffect } from './effects.js';
import { type Json, type ProviderDouble, type Scene } from './provider-double.js';
import { Stage } from './stage.js';

const FORMS = [
  ['whole', false],
  ['streamed', true],
] as const;

it('has a case for every feature of chats', () => {
  const features = PROVIDER_FEATURES.filter((feature) => feature.startsWith('chat.'));
  expect(CHAT_CASES.map(({ feature }) => feature)).toEqual(features);
});

describe.each(DOUBLES.map((double) => [double.kind, double] as const))('%s', (_kind, double) => {
  let stage: Stage;

  beforeAll(async () => {
    stage = await Stage.open(double);
  });

  afterAll(() => stage.close());

  /** The case’s request, after what comes before it. */
  async function requestOf({ before, asks }: FeatureCase, streaming: boolean): Promise<Json> {
    if (before === undefined) return asks?.({}) ?? {};
    stage.plays(before);
    const { message } = (await stage.ask({}, { streaming })).told;
    return asks?.(message) ?? {};
  }

  describe.each(FORMS)('%s:', (_form, streaming) => {
    it.each(CHAT_CASES.map((one) => [one.feature, one] as const))('%s', async (feature, one) => {
      const request = await requestOf(one, streaming);
      stage.plays(one.scene ?? PLAIN);
      await expectEffect(stage.limits[feature], {
        request,
        isTold: canSay(double, one.scene),
        ask: (policy) => stage.ask(request, { streaming, policy }),
        check: (outcome) => {
          one.seen?.(outcome.native, double.tells);
          one.told?.(outcome.told);
        },
      });
    });
  });

  it('gives its reasons in sentences', () => {
    for (const { reason } of Object.values(stage.limits)) expect(reason).toMatch(/^\p{Lu}.+\.$/u);
  });
});

/** Whether the provider has words for all of a scene. */
function canSay({ tells, tokens }: ProviderDouble, scene: Scene = PLAIN): boolean {
  const { reasoning, refusal, text, calls, finish, usage } = scene;
  const counted = tokens(usage);
  return (
    tells.finishes.includes(finish) &&
    (reasoning === undefined || tells.reasoning) &&
    (refusal === undefined || tells.refusals) &&
    (text === undefined || calls === undefined || tells.textBesideCalls) &&
    (usage.cacheRead === 0 || counted.cacheRead > 0) &&
    (usage.reasoning === 0 || reasoning !== undefined || counted.reasoning > 0)
  );
}
