import { type ModelFacts, type Modality } from '../catalogue/model-facts.js';
import { type CallContext } from '../events/call-context.js';
import { type ChatCompletionRequest } from '../protocol/chat-completions.js';
import { isObject } from '../protocol/json.js';
import { BYTES_PER_TOKEN, textBytesOf, textIn } from '../protocol/text-bytes.js';

/** What a request makes use of that not every model has. */
export interface RequestNeeds {
  readonly tools: boolean;
  readonly jsonSchema: boolean;
  readonly reasoning: boolean;
  readonly input: ReadonlySet<Modality>;
  readonly output: ReadonlySet<Modality>;
  /** Tokens of the request and of the longest answer that it asks for, roughly. */
  readonly context: number;
}

/** Efforts that a model which does not reason makes too. */
const NO_EFFORT: ReadonlySet<unknown> = new Set([undefined, null, 'none', 'minimal']);

/** What a call needs of its model; `undefined` for operations of which only the operation itself matters. */
export function needsOf({
  operation,
  request,
  body,
}: Pick<CallContext, 'operation' | 'request' | 'body'>): RequestNeeds | undefined {
  if (operation.capability !== 'chat' || !isObject(request) || !Array.isArray(request['messages'])) return undefined;
  // The chat endpoint has checked the rest of it.
  const chat = request as unknown as ChatCompletionRequest;
  const longest = chat.max_completion_tokens ?? chat.max_tokens ?? 0;
  return {
    tools: usesTools(chat),
    jsonSchema: chat.response_format?.type === 'json_schema',
    reasoning: asksForReasoning(chat),
    input: inputOf(chat),
    output: outputOf(chat),
    context: Math.ceil(textBytesOf({ request, body }) / BYTES_PER_TOKEN) + longest,
  };
}

/** What a model is known to lack of what is needed, as it stands on the record; `undefined` where nothing is. */
export function lackOf(facts: ModelFacts, needs: RequestNeeds): string | undefined {
  if (needs.tools && facts.tools === false) return 'lacks_tools';
  if (needs.jsonSchema && facts.jsonSchema === false) return 'lacks_json_schema';
  if (needs.reasoning && facts.reasoning === false) return 'lacks_reasoning';
  const input = missing(needs.input, facts.inputModalities);
  if (input !== undefined) return `lacks_${input}_input`;
  const output = missing(needs.output, facts.outputModalities);
  if (output !== undefined) return `lacks_${output}_output`;
  return facts.contextWindow !== undefined && needs.context > facts.contextWindow ? 'context_too_short' : undefined;
}

function missing(needed: ReadonlySet<Modality>, known: readonly Modality[] | undefined): Modality | undefined {
  if (known === undefined || needed.size === 0) return undefined;
  for (const modality of needed) if (!known.includes(modality)) return modality;
  return undefined;
}

function usesTools({ tools, tool_choice: choice, functions, function_call: call }: ChatCompletionRequest): boolean {
  if (Array.isArray(functions) && functions.length > 0 && call !== 'none') return true;
  // Tools of other types are the provider's own business.
  return choice !== 'none' && (tools ?? []).some(({ type }: { type?: string }) => (type ?? 'function') === 'function');
}

/** In OpenAI's words, OpenRouter's, or Anthropic's. */
function asksForReasoning({ reasoning_effort: effort, reasoning, thinking }: ChatCompletionRequest): boolean {
  if (!NO_EFFORT.has(effort)) return true;
  if (isObject(reasoning)) return !NO_EFFORT.has(reasoning['effort']) || typeof reasoning['max_tokens'] === 'number';
  return isObject(thinking) && thinking['type'] !== 'disabled';
}

function outputOf({ modalities }: ChatCompletionRequest): ReadonlySet<Modality> {
  if (!Array.isArray(modalities)) return NOTHING;
  return new Set(['image', 'audio', 'video'].filter(isIn(modalities)));
}

const NOTHING: ReadonlySet<Modality> = new Set();

const isIn =
  (list: readonly unknown[]) =>
  (one: string): one is Modality =>
    list.includes(one);

/** Most requests have no parts: their content is text. */
function inputOf({ messages }: ChatCompletionRequest): ReadonlySet<Modality> {
  let found: Set<Modality> | undefined;
  for (const { content } of messages) {
    if (!Array.isArray(content)) continue;
    // Only the type of a part was checked.
    const parts: readonly object[] = content;
    for (const part of parts as readonly Record<string, unknown>[]) {
      const modality = modalityOf(part);
      if (modality !== undefined) (found ??= new Set()).add(modality);
    }
  }
  return found ?? NOTHING;
}

/** `undefined` for text. */
function modalityOf(part: Readonly<Record<string, unknown>>): Modality | undefined {
  switch (part['type']) {
    case 'image_url':
      return 'image';
    case 'input_audio':
      return 'audio';
    case 'video_url':
      return 'video';
    case 'file': {
      const modality = modalityOfFile(textIn(part['file'], 'file_data'));
      return modality === 'text' ? undefined : modality;
    }
    default:
      return undefined;
  }
}

function modalityOfFile(data: string): Modality {
  const [, type] = /^data:(image|audio|video|text)\//i.exec(data) ?? [];
  return type === undefined ? 'document' : (type.toLowerCase() as Modality);
}
