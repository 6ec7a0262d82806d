import { type ModelFacts, type Modality } from '../catalogue/model-facts.js';
import { type CallContext } from '../events/call-context.js';
import { type ChatCompletionRequest } from '../protocol/chat-completions.js';
import { isObject } from '../protocol/json.js';

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

/** What the usual tokenizers make of English text, JSON and code, near enough for an estimate. */
const BYTES_PER_TOKEN = 4;

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
  return needsOfChat(request as unknown as ChatCompletionRequest, body.size);
}

/** @param size of the body, in bytes. */
export function needsOfChat(request: ChatCompletionRequest, size: number): RequestNeeds {
  const content = new ContentNeeds();
  for (const message of request.messages) if (Array.isArray(message.content)) content.add(message.content);
  const longest = request.max_completion_tokens ?? request.max_tokens ?? 0;
  return {
    tools: usesTools(request),
    jsonSchema: request.response_format?.type === 'json_schema',
    reasoning: asksForReasoning(request),
    input: content.modalities,
    output: outputOf(request),
    context: Math.ceil((size - content.embeddedBytes) / BYTES_PER_TOKEN) + longest,
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

/** Goes through the parts of messages. Most requests have none: their content is text. */
class ContentNeeds {
  private found: Set<Modality> | undefined;
  /** Bytes of media in the body, whose tokens have nothing to do with their number. */
  embeddedBytes = 0;

  get modalities(): ReadonlySet<Modality> {
    return this.found ?? NOTHING;
  }

  add(parts: readonly object[]): void {
    // Only the type of a part was checked.
    for (const part of parts as readonly Record<string, unknown>[]) {
      switch (part['type']) {
        case 'image_url':
          this.note('image', textIn(part['image_url'], 'url'));
          break;
        case 'input_audio':
          this.note('audio', textIn(part['input_audio'], 'data'));
          break;
        case 'video_url':
          this.note('video', textIn(part['video_url'], 'url'));
          break;
        case 'file': {
          const data = textIn(part['file'], 'file_data');
          this.note(modalityOfFile(data), data);
          break;
        }
        default:
      }
    }
  }

  private note(modality: Modality, data: string): void {
    if (modality !== 'text') (this.found ??= new Set()).add(modality);
    // An address is text; data are not, nor is a file's bare base64.
    if (!/^https?:/i.test(data)) this.embeddedBytes += data.length;
  }
}

/** Mistral's clients give an address in place of the object around it. */
function textIn(value: unknown, name: string): string {
  const text = isObject(value) ? value[name] : value;
  return typeof text === 'string' ? text : '';
}

function modalityOfFile(data: string): Modality {
  const [, type] = /^data:(image|audio|video|text)\//i.exec(data) ?? [];
  return type === undefined ? 'document' : (type.toLowerCase() as Modality);
}
