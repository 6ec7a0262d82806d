import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ChatCompletionChunk } from '../../protocol/chat-completions.js';
import { Findings } from './findings.js';
import { type TextGuardrail } from './guardrail.js';
import { GuardedStream } from './guarded-stream.js';
import { mapWholeTexts } from './guarded-text.js';
import { personalDataRules } from './personal-data.js';
import { parsePattern } from './pattern-syntax.js';
import { TextRules } from './text-rules.js';

const guardrail = (name: string, rules: TextRules): TextGuardrail => ({
  name,
  sides: ['response'],
  action: 'mask',
  isForAll: true,
  rules,
});

const GUARDRAILS = [
  guardrail('personal', new TextRules(personalDataRules())),
  // Looks at what the first has made of it.
  guardrail('words', new TextRules([{ kind: 'w', pattern: parsePattern('\\[EMAIL\\] [a-z]+'), replacement: '#' }])),
];

type Field = 'content' | 'reasoning_content' | 'refusal' | 'arguments';

interface Piece {
  readonly choice: number;
  readonly field: Field;
  readonly text: string;
}

function chunkOf({ choice, field, text }: Piece): ChatCompletionChunk {
  const delta =
    field === 'arguments' ? { tool_calls: [{ index: 0, function: { arguments: text } }] } : { [field]: text };
  return { id: '1', choices: [{ index: choice, delta, finish_reason: null }] } as unknown as ChatCompletionChunk;
}

const endOf = (choice: number): ChatCompletionChunk =>
  ({ id: '1', choices: [{ index: choice, delta: {}, finish_reason: 'stop' }] }) as unknown as ChatCompletionChunk;

/** The texts of each choice and field, put together as a client does. */
function read(chunks: readonly ChatCompletionChunk[]): Record<string, string> {
  const texts: Record<string, string> = {};
  const add = (key: string, text: string | null | undefined): void => {
    if (text !== undefined && text !== null && text !== '') texts[key] = (texts[key] ?? '') + text;
  };
  for (const { index, delta } of chunks.flatMap(({ choices }) => choices)) {
    add(`${index} content`, delta.content);
    add(`${index} reasoning_content`, delta.reasoning_content);
    add(`${index} refusal`, delta.refusal);
    for (const call of delta.tool_calls ?? []) add(`${index} arguments`, call.function?.arguments);
  }
  return texts;
}

const piece: fc.Arbitrary<Piece> = fc.record({
  choice: fc.constantFrom(0, 1),
  field: fc.constantFrom<Field>('content', 'reasoning_content', 'refusal', 'arguments'),
  text: fc.constantFrom('ann', '@', 'example.', 'com', ' ', 'said', '4111 1111', ' 1111 1111', '"', '{', '.', '1'),
});

describe('GuardedStream', () => {
  it('makes of any pieces, in any order, what whole texts become', () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), fc.boolean(), (pieces, hasEnds) => {
        const findings = new Findings('response');
        const stream = new GuardedStream(GUARDRAILS, findings);
        const chunks = [...pieces.map(chunkOf), ...(hasEnds ? [endOf(0), endOf(1)] : [])];
        const passed = [...chunks.flatMap((chunk) => stream.pass(chunk)), ...stream.end()];

        const whole = new Findings('response');
        const map = mapWholeTexts(GUARDRAILS, 'response', whole);
        const expected = Object.entries(read(chunks)).map(([key, text]) => [
          key,
          map(text, key.endsWith('arguments') ? 'json' : 'text', []),
        ]);
        expect(read(passed)).toEqual(Object.fromEntries(expected.filter(([, text]) => text !== '')));
        expect(findings.count).toBe(whole.count);
        if (hasEnds) expect(passed.slice(-1)).toEqual([endOf(1)]);
      }),
      { numRuns: 300 },
    );
  });

  it('keeps what is no text, and chunks without choices', () => {
    const stream = new GuardedStream(GUARDRAILS, new Findings('response'));
    const usage = { id: '1', choices: [], usage: { prompt_tokens: 1 } } as unknown as ChatCompletionChunk;
    const role = { ...chunkOf({ choice: 0, field: 'content', text: '' }) };
    expect(stream.pass(role)).toEqual([role]);
    expect(stream.pass(usage)).toEqual([usage]);
  });

  it('lets no logprobs spell what it masks', () => {
    const stream = new GuardedStream(GUARDRAILS, new Findings('response'));
    const [choice] = chunkOf({ choice: 0, field: 'content', text: 'ann@' }).choices;
    const chunk = { id: '1', choices: [{ ...choice, logprobs: { content: [{ token: 'ann@' }] } }] };
    expect(stream.pass(chunk as unknown as ChatCompletionChunk)).toEqual([]);
  });

  it('changes nothing where it is only to tell', () => {
    const telling = GUARDRAILS.map((one) => ({ ...one, action: 'warn' as const }));
    const findings = new Findings('response');
    const stream = new GuardedStream(telling, findings);
    const [choice] = chunkOf({ choice: 0, field: 'content', text: 'ann@example.com ' }).choices;
    const chunk = { id: '1', choices: [{ ...choice, logprobs: { content: [] } }] };
    expect(stream.pass(chunk as unknown as ChatCompletionChunk)).toEqual([chunk]);
    expect(stream.end()).toEqual([]);
    expect(findings.count).toBe(1);
  });
});
