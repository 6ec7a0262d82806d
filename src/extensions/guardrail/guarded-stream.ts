import { isObject } from '../../protocol/json.js';
import { type ChatCompletionChunk } from '../../protocol/chat-completions.js';
import { CHOICE_TEXTS } from './call-texts.js';
import { type Findings } from './findings.js';
import { type TextGuardrail } from './guardrail.js';
import { GuardedText } from './guarded-text.js';
import { type TextPath } from './member-texts.js';

type Choice = ChatCompletionChunk['choices'][number];

interface OpenText {
  readonly path: TextPath;
  readonly text: GuardedText;
}

/** What of a chunk is no text of the answer, and says nothing where there is none. */
const LABELS: ReadonlySet<string> = new Set(['index', 'type', 'format']);

/** The members of an answer that is streamed are texts that come in pieces, each for itself. */
export class GuardedStream {
  /** By the index of their choice, then by their path within it. */
  private readonly open = new Map<number, Map<string, OpenText>>();
  private last: ChatCompletionChunk | undefined;
  private readonly isOnlyTold: boolean;

  constructor(
    private readonly guardrails: readonly TextGuardrail[],
    private readonly findings: Findings,
  ) {
    this.isOnlyTold = guardrails.every(({ action }) => action === 'warn');
  }

  /** @returns what goes on in place of the chunk: nothing, where all of it is in doubt. @throws GatewayError */
  pass(chunk: ChatCompletionChunk): readonly ChatCompletionChunk[] {
    if (!Array.isArray(chunk.choices) || chunk.choices.length === 0) return [chunk];
    this.last = chunk;
    const before: Choice[] = [];
    const choices: Choice[] = [];
    for (const choice of chunk.choices) {
      const passed = this.passChoice(choice);
      if (choice.finish_reason !== null && choice.finish_reason !== undefined) {
        // Texts that are held back and do not go on with this chunk: they come before the end.
        const rest = this.endChoice(choice.index);
        if (rest !== undefined) before.push(rest);
        choices.push(passed);
      } else if (!isEmpty(passed) || isEmpty(choice)) choices.push(passed);
    }
    const chunks: ChatCompletionChunk[] = [];
    if (before.length > 0) chunks.push(chunkWith(chunk, before));
    if (choices.length > 0 || isObject(chunk.usage)) chunks.push({ ...chunk, choices });
    return chunks;
  }

  /** The stream has ended. @returns what is left of choices that came to no end of their own. @throws GatewayError */
  end(): readonly ChatCompletionChunk[] {
    const choices = [...this.open.keys()].flatMap((index) => this.endChoice(index) ?? []);
    return choices.length === 0 || this.last === undefined ? [] : [chunkWith(this.last, choices)];
  }

  private passChoice(choice: Choice): Choice {
    const isLast = choice.finish_reason !== null && choice.finish_reason !== undefined;
    const passed = CHOICE_TEXTS(
      choice,
      (text, form, path) => {
        const open = this.textAt(choice.index, path, form);
        return open.text.push(text) + (isLast ? open.text.end() : '');
      },
      [],
    ) as Choice;
    // They spell the text, also what of it is held back or replaced.
    return this.isOnlyTold || passed.logprobs === undefined ? passed : { ...passed, logprobs: null };
  }

  private textAt(index: number, path: TextPath, form: 'text' | 'json'): OpenText {
    let texts = this.open.get(index);
    if (texts === undefined) this.open.set(index, (texts = new Map<string, OpenText>()));
    const key = path.join('.');
    let open = texts.get(key);
    if (open === undefined) {
      open = { path, text: new GuardedText(this.guardrails, 'response', form, this.findings) };
      texts.set(key, open);
    }
    return open;
  }

  private endChoice(index: number): Choice | undefined {
    const texts = this.open.get(index);
    if (texts === undefined) return undefined;
    this.open.delete(index);
    const choice: Record<string, unknown> = { index, finish_reason: null };
    let isRest = false;
    for (const { path, text } of texts.values()) {
      const rest = text.end();
      if (rest === '') continue;
      place(choice, path, rest);
      isRest = true;
    }
    return isRest ? ({ delta: {}, ...choice } as Choice) : undefined;
  }
}

function chunkWith(chunk: ChatCompletionChunk, choices: Choice[]): ChatCompletionChunk {
  const { usage: _usage, ...others } = chunk;
  return { ...others, choices };
}

/** Puts a text where its path says; an item of a list goes by its `index`. */
function place(owner: Record<string, unknown>, [step, next, ...rest]: TextPath, text: string): void {
  if (step === undefined) return;
  if (next === undefined) owner[step] = text;
  else if (typeof next === 'number') {
    const items = (owner[step] ??= []) as Record<string, unknown>[];
    let item = items.find(({ index }) => index === next);
    if (item === undefined) items.push((item = { index: next, ...(step === 'reasoning_details' && typeOf(rest)) }));
    place(item, rest, text);
  } else place((owner[step] ??= {}) as Record<string, unknown>, [next, ...rest], text);
}

const typeOf = ([member]: TextPath): object => ({
  type: member === 'summary' ? 'reasoning.summary' : 'reasoning.text',
});

/** Whether it says nothing, labels apart. */
function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === '') return true;
  if (Array.isArray(value)) return value.every(isEmpty);
  return isObject(value) && Object.entries(value).every(([name, member]) => LABELS.has(name) || isEmpty(member));
}
