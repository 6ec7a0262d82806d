import { isObject } from '../../protocol/json.js';
import { type CallContext } from '../../events/call-context.js';
import { type ModelCalls } from '../../events/model-calls.js';
import { MODERATIONS } from '../../events/operation.js';
import { askWithin, kindOf } from './asked.js';
import { type Verdict } from './guardrail.js';

export interface ModerationSettings {
  readonly model: string;
  /** `undefined`: all. */
  readonly categories: ReadonlySet<string> | undefined;
  /** `undefined`: what the model flags. */
  readonly threshold: number | undefined;
  readonly timeout: number;
}

/** Has texts judged by a model of the gateway's. */
export class ModerationJudge {
  constructor(
    private readonly settings: ModerationSettings,
    private readonly models: ModelCalls,
  ) {}

  /** @throws where there is no usable answer. */
  judge(call: CallContext, texts: readonly string[]): Promise<Verdict> {
    const { model, timeout } = this.settings;
    return askWithin(call, timeout, async (cancellation) => {
      const answer = await this.models.ask(call, MODERATIONS, { model, input: texts }, cancellation);
      const { results } = isObject(answer) ? answer : {};
      // One that judges fewer has not judged them all.
      if (!Array.isArray(results) || results.length < texts.length) {
        throw new Error('The moderation model’s answer cannot be understood.');
      }
      return { kinds: [...new Set(results.flatMap((result: unknown) => this.kindsIn(result)))] };
    });
  }

  private kindsIn(result: unknown): string[] {
    const { flagged, categories, category_scores: scores } = isObject(result) ? result : {};
    const { threshold, categories: wanted } = this.settings;
    const judged = threshold === undefined ? categories : scores;
    const found = Object.entries(isObject(judged) ? judged : {}).filter(
      ([name, value]) =>
        wanted?.has(name) !== false && (typeof value === 'number' ? value >= (threshold ?? 1) : value === true),
    );
    if (found.length === 0)
      return flagged === true && wanted === undefined && threshold === undefined ? ['flagged'] : [];
    return found.map(([name]) => kindOf(name) ?? 'flagged');
  }
}
