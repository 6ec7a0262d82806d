import { type ModerationRequest } from '../../protocol/moderations.js';
import { isObject } from '../../protocol/json.js';
import { tokenUsageFromOpenAi } from '../../protocol/openai-usage.js';
import { jsonAnswer, type SimulatedOperation } from './simulator.capability.js';
import { reportOthers } from './simulator.parameters.js';
import { digestOf, tokensIn } from './simulator.text.js';

const DONE: ReadonlySet<string> = new Set(['model', 'input', 'user', 'simulator']);

/** @see https://platform.openai.com/docs/api-reference/moderations/object */
const CATEGORIES = [
  'harassment',
  'harassment/threatening',
  'hate',
  'hate/threatening',
  'illicit',
  'illicit/violent',
  'self-harm',
  'self-harm/instructions',
  'self-harm/intent',
  'sexual',
  'sexual/minors',
  'violence',
  'violence/graphic',
];

const DEFAULT_CATEGORY = 'harassment';

/** Nothing is flagged but a text with `[flag]`, or with a category: `[flag:violence]`. */
export const SIMULATED_MODERATIONS: SimulatedOperation<ModerationRequest> = {
  content: [],
  report: ({ body, unsupported }) => reportOthers(body.value, DONE, unsupported),
  answer: ({ request }) => {
    const { input } = request;
    // Parts are one input together; texts are one each.
    const texts = typeof input === 'string' ? [input] : input.filter((item) => typeof item === 'string');
    const inputs = texts.length > 0 || typeof input === 'string' ? texts : [input.map(textOf).join('\n')];
    const tokens = inputs.reduce((sum, text) => sum + tokensIn(text), 0);
    const results = inputs.map(moderate);
    return jsonAnswer(
      { id: `modr-simulated-${digestOf(input)}`, model: request.model, results },
      tokenUsageFromOpenAi({ prompt_tokens: tokens }),
    );
  },
};

function textOf(part: unknown): string {
  const text = isObject(part) ? part['text'] : part;
  return typeof text === 'string' ? text : '';
}

function moderate(text: string) {
  const asked = [...text.matchAll(/\[flag(?::([a-z/-]+))?\]/g)].map(([, category]) => category ?? DEFAULT_CATEGORY);
  const found = new Set(asked.map((category) => (CATEGORIES.includes(category) ? category : DEFAULT_CATEGORY)));
  const each = <Value>(value: (category: string) => Value): Record<string, Value> =>
    Object.fromEntries(CATEGORIES.map((category) => [category, value(category)]));
  return {
    flagged: found.size > 0,
    categories: each((category) => found.has(category)),
    category_scores: each((category) => (found.has(category) ? 1 : 0)),
    category_applied_input_types: each((category) => (found.has(category) ? ['text'] : [])),
  };
}
