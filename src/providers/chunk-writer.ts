import { type GatewayError } from '../errors/gateway-error.js';
import { type ChatDelta, type ChatFinishReason } from '../protocol/chat-completions.js';
import { toChatUsage } from '../protocol/openai-usage.js';
import { type BillableUnits } from '../protocol/billable-units.js';
import { type TokenUsage } from '../protocol/token-usage.js';
import { type StreamPart } from './provider-adapter.interface.js';

/** What every chunk of one stream says. */
export interface ChunkHead {
  readonly id: string;
  readonly model: string;
  /** That of a chat where nothing is said. */
  readonly object?: 'chat.completion.chunk' | 'text_completion';
}

export interface ChunkOptions {
  /** Which of the request's choices. */
  readonly index?: number;
  readonly logprobs?: unknown;
  /** False where the chunk holds nothing of the answer itself. */
  readonly isContent?: boolean;
}

/** Writes OpenAI's chunks and gathers them into the parts of a stream: what readers of other dialects have in common. */
export class ChunkWriter {
  /** The beginning of every chunk, serialised once. */
  private base: string | undefined;
  /** Choices that have told their role. */
  private readonly opened = new Set<number>();
  /** The latest, for the usage chunk. */
  private counted: TokenUsage | undefined;
  private isClosed = false;

  // What the part in the making holds.
  private text = '';
  private hasContent = false;
  private textBytes = 0;
  private usage: TokenUsage | undefined;
  private units: BillableUnits | undefined;
  private error: GatewayError | undefined;

  /**
   * @param fallback what the chunks say where the provider does not.
   * @param showsUsage whether the client asked for the usage chunk.
   */
  constructor(
    private readonly fallback: ChunkHead,
    private readonly showsUsage: boolean,
  ) {}

  get hasBegun(): boolean {
    return this.base !== undefined;
  }

  /** Nothing more is read: the answer is whole, or it failed. */
  get isOver(): boolean {
    return this.isClosed || this.error !== undefined;
  }

  /** What the provider says of itself counts once, and before the first chunk. @param said `created` in seconds since 1970. */
  begin(said: { id?: string | undefined; model?: string | undefined; created?: number }): string {
    if (this.base !== undefined) return this.base;
    const { fallback } = this;
    const id = JSON.stringify(said.id ?? fallback.id);
    const model = JSON.stringify(said.model ?? fallback.model);
    const created = said.created ?? Math.floor(Date.now() / 1000);
    const object = fallback.object ?? 'chat.completion.chunk';
    this.base = `data: {"id":${id},"object":"${object}","created":${created},"model":${model}`;
    return this.base;
  }

  /** The first chunk of a choice carries the role. Those who do not wait for it need not call this. */
  open(index = 0): void {
    if (this.opened.has(index)) return;
    this.opened.add(index);
    this.write(toChoice(index, { role: 'assistant', content: '' }, null, null), '', false);
  }

  /** @param written what the model wrote in it. */
  show(delta: ChatDelta, written = '', { index = 0, logprobs = null, isContent = true }: ChunkOptions = {}): void {
    this.open(index);
    this.write(toChoice(index, delta, logprobs, null), written, isContent);
  }

  finish(reason: ChatFinishReason, index = 0): void {
    this.open(index);
    this.write(toChoice(index, {}, null, reason));
  }

  /** A chunk with a choice that is not a chat's, as JSON. @param written what the model wrote in it. */
  write(choice: string, written = '', isContent = true): void {
    this.text += `${this.begin({})},"choices":[${choice}]}\n\n`;
    this.hasContent ||= isContent;
    this.textBytes += Buffer.byteLength(written);
  }

  /** @param usage so far. `undefined` leaves it as it was. */
  count(usage: TokenUsage | undefined, units?: BillableUnits): void {
    if (usage !== undefined) this.usage = this.counted = usage;
    if (units !== undefined) this.units = units;
  }

  /**
   * The answer is whole. The last chunk has no choice: it tells the usage where that was asked for, and what else the
   * provider had to say of the whole answer.
   */
  close(others: Readonly<Record<string, unknown>> = {}): void {
    const usage = this.showsUsage && this.counted !== undefined ? { usage: toChatUsage(this.counted) } : {};
    const last = { ...usage, ...others };
    if (Object.keys(last).length > 0) {
      this.text += `${this.begin({})},"choices":[],${JSON.stringify(last).slice(1)}\n\n`;
    }
    this.isClosed = true;
  }

  /** The stream ends with this error, unless it is over already. */
  fail(error: GatewayError): void {
    if (!this.isOver) this.error = error;
  }

  /** What has been written since the last time; `undefined` where that is nothing. */
  take(): StreamPart | undefined {
    const { text, hasContent, textBytes, usage, units, error } = this;
    if (text === '' && usage === undefined && !this.isOver) return undefined;
    this.text = '';
    this.hasContent = false;
    this.textBytes = 0;
    this.usage = undefined;
    this.units = undefined;
    return { bytes: Buffer.from(text), hasContent, textBytes, usage, units, isLast: this.isClosed, error };
  }
}

function toChoice(index: number, delta: ChatDelta, logprobs: unknown, reason: ChatFinishReason | null): string {
  // Most chunks have neither: `JSON.stringify` would take as long for each as for a delta.
  const probabilities = logprobs === null ? 'null' : JSON.stringify(logprobs);
  const ending = reason === null ? 'null' : `"${reason}"`;
  return `{"index":${index},"delta":${JSON.stringify(delta)},"logprobs":${probabilities},"finish_reason":${ending}}`;
}
