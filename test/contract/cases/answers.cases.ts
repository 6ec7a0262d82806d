import { expect } from 'vitest';
import { type Scene } from '../provider-double.js';
import { type FeatureCase, parts, PLAIN, USAGE } from './feature-case.js';
import { answered, calling, callsIn, PARIS } from './tools.cases.js';

const THOUGHT = { pieces: ['First ', 'this, ', 'then that.'], seal: 'c2lnbmF0dXJlLW9mLXRoZS1wcm92aWRlcg==' };
const thinking = (scene: Scene): Scene => ({
  ...scene,
  reasoning: THOUGHT,
  usage: { ...USAGE, reasoning: 5 },
});

export const ANSWERS_CASES: readonly FeatureCase[] = [
  {
    feature: 'chat.reasoning',
    title: 'reasoning in answers, as `reasoning_content`',
    scene: thinking(PLAIN),
    told: ({ reasoning, text }) => {
      expect(reasoning).toBe(THOUGHT.pieces.join(''));
      expect(text).toBe('Hello');
    },
  },
  {
    feature: 'chat.reasoning_effort',
    title: '`reasoning_effort`',
    asks: () => ({ reasoning_effort: 'high' }),
    seen: ({ thinks }) => expect(thinks).toBe(true),
  },
  {
    feature: 'chat.reasoning_sent_back',
    title: 'reasoning sent back with tool results',
    before: thinking(calling(PARIS)),
    asks: answered,
    seen: (native, { seals }) => {
      const thoughts = parts(native, 'assistant').flatMap((part) => (part.type === 'reasoning' ? [part] : []));
      if (seals) expect(thoughts.map(({ seal }) => seal)).toEqual([THOUGHT.seal]);
      else expect(thoughts.map(({ text }) => text).join('')).toBe(THOUGHT.pieces.join(''));
      expect(callsIn(native)).toEqual([[PARIS.name, PARIS.arguments]]);
    },
  },
  {
    feature: 'chat.content_filter',
    title: '`finish_reason: content_filter`',
    scene: { text: [], finish: 'content_filter', usage: USAGE },
    told: ({ finish }) => expect(finish).toBe('content_filter'),
  },
  {
    feature: 'chat.refusals',
    title: 'the words of a refusal, as `refusal`',
    scene: { refusal: 'I cannot help with that.', finish: 'content_filter', usage: USAGE },
    told: ({ refusal }) => expect(refusal).toBe('I cannot help with that.'),
  },
  {
    feature: 'chat.cached_tokens',
    title: 'cached tokens in the usage',
    scene: { ...PLAIN, usage: { ...USAGE, cacheRead: 13 } },
    told: ({ usage }) => {
      expect(usage?.prompt_tokens_details?.cached_tokens).toBe(13);
      expect(usage?.prompt_tokens).toBe(34);
    },
  },
  {
    feature: 'chat.reasoning_tokens',
    title: 'reasoning tokens in the usage',
    scene: { ...PLAIN, usage: { ...USAGE, reasoning: 5 } },
    told: ({ usage }) => {
      expect(usage?.completion_tokens_details?.reasoning_tokens).toBe(5);
      expect(usage?.completion_tokens).toBe(14);
    },
  },
];
