import { describe, expect, it } from 'vitest';
import { type ModerationRequest } from '../../protocol/moderations.js';
import { answerOf, jsonCall, simulator } from '../../../test/support/simulator.js';

interface Result {
  readonly flagged: boolean;
  readonly categories: Record<string, boolean>;
  readonly category_scores: Record<string, number>;
}

async function moderate(input: unknown): Promise<Result[]> {
  const { json } = await answerOf(simulator.moderations, jsonCall<ModerationRequest>({ input }));
  return json['results'] as Result[];
}

const flaggedIn = ({ categories }: Result | undefined = NOTHING): string[] =>
  Object.entries(categories).flatMap(([category, isFlagged]) => (isFlagged ? [category] : []));
const NOTHING = { flagged: false, categories: {}, category_scores: {} };

describe('simulated moderations', () => {
  it('flag nothing', async () => {
    const [result] = await moderate('I will hurt you');
    expect(result?.flagged).toBe(false);
    expect(flaggedIn(result)).toEqual([]);
    expect(Object.keys(result?.category_scores ?? {})).toContain('self-harm/intent');
  });

  it.each([
    ['[flag]', ['harassment']],
    ['so [flag:violence] and [flag:hate/threatening]', ['hate/threatening', 'violence']],
    ['[flag:no-such]', ['harassment']],
  ])('flag what a text asks for: %s', async (text, expected) => {
    const [result] = await moderate(text);
    expect([result?.flagged, flaggedIn(result).sort()]).toEqual([true, expected]);
    expect(expected.map((category) => result?.category_scores[category])).toEqual(expected.map(() => 1));
  });

  it('look at several texts one by one, and at parts together', async () => {
    expect((await moderate(['a', '[flag]'])).map(({ flagged }) => flagged)).toEqual([false, true]);
    const image = { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } };
    expect((await moderate([{ type: 'text', text: '[flag]' }, image])).map(({ flagged }) => flagged)).toEqual([true]);
  });
});
