import { type ProviderOptions } from '../../src/provider.options.js';
import { type TokenUsage } from '../../src/protocol/token-usage.js';
import { type SeenRequest } from '../support/fake-upstream.js';

/**
 * A provider as its own documentation describes it, written without a look at the adapter that speaks to it: it says a
 * scene in its own words, and reads what it is asked.
 */
export interface ProviderDouble {
  /** The kind of provider in the gateway's settings. */
  readonly kind: string;
  /** Its name for the model. */
  readonly model: string;
  /** What it gives out or keeps apart. What it does not, its adapter must declare as a limit. */
  readonly tells: {
    /** Ids of tool calls; without them the gateway makes some up. */
    readonly callIds: boolean;
    /** Reasoning that is to come back holds something that only the provider can read. */
    readonly seals: boolean;
    readonly reasoning: boolean;
    /** Text and tool calls in one answer. */
    readonly textBesideCalls: boolean;
    readonly refusals: boolean;
    readonly finishes: readonly Scene['finish'][];
  };
  /** @param origin `http://host:port` */
  settings(origin: string): Partial<ProviderOptions>;
  /** Where it takes chats, with the query. */
  chatPath(streaming: boolean): string;
  /** Whether the credentials of `settings` are where it looks for them. */
  letsIn(seen: SeenRequest): boolean;
  read(seen: SeenRequest): NativeRequest;
  /** A whole answer, to be serialised as JSON. */
  answer(scene: Scene): unknown;
  /** The same as a stream: its events, each of which may be sent alone. */
  events(scene: Scene): readonly Buffer[];
  readonly streamType: string;
  /** The event of a stream by which it says that it has failed; `undefined` where there is none. */
  streamError: ((message: string) => Buffer) | undefined;
  /** The body of an error answer. */
  error(status: number, message: string): unknown;
  /** What of the tokens of a scene it tells, in the gateway's buckets. */
  tokens(usage: SceneUsage): TokenUsage;
  readonly embeddings?: EmbeddingsDouble;
}

/** What a provider is to say. */
export interface Scene {
  readonly reasoning?: { readonly pieces: readonly string[]; readonly seal: string };
  /** In pieces, for a stream. */
  readonly text?: readonly string[];
  readonly calls?: readonly SceneCall[];
  /** Words with which the model refuses. */
  readonly refusal?: string;
  readonly finish: 'stop' | 'length' | 'tool_calls' | 'content_filter';
  readonly usage: SceneUsage;
}

export interface SceneCall {
  readonly id: string;
  readonly name: string;
  readonly arguments: Readonly<Record<string, unknown>>;
}

/** Disjoint. */
export interface SceneUsage {
  readonly input: number;
  readonly cacheRead: number;
  readonly output: number;
  readonly reasoning: number;
}

/** What a provider is asked, told from its own words. */
export interface NativeRequest {
  readonly model: string;
  readonly streaming: boolean;
  /** Texts, in their order. */
  readonly system: readonly string[];
  /** Those of them that stand between the turns. */
  readonly midway?: readonly string[];
  /** Names of those who speak. */
  readonly names?: readonly string[];
  /** Consecutive turns of one side are one. */
  readonly turns: readonly NativeTurn[];
  readonly tools: readonly NativeTool[];
  readonly toolChoice: 'auto' | 'required' | 'none' | { readonly name: string } | undefined;
  /** What the answer must be: any JSON object, or one of a schema. */
  readonly format: 'object' | { readonly schema: unknown } | undefined;
  /** Whether it is asked to think, in whatever words. */
  readonly thinks: boolean;
  /** All other parameters that it is given, under OpenAI's names; a limit of tokens as `max_tokens`, `stop` as a list. */
  readonly parameters: Readonly<Record<string, unknown>>;
}

export interface NativeTurn {
  readonly role: 'user' | 'assistant';
  readonly parts: readonly NativePart[];
}

export type NativePart =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'image'; readonly url?: string; readonly mediaType?: string; readonly base64?: string }
  | { readonly type: 'file'; readonly mediaType: string; readonly base64: string }
  | { readonly type: 'audio'; readonly format: string; readonly base64: string }
  | { readonly type: 'reasoning'; readonly text?: string; readonly seal?: string }
  | { readonly type: 'call'; readonly name: string; readonly arguments: unknown }
  | {
      readonly type: 'result';
      /** The place of the call it answers among those of the assistant's turn before it; -1 where there is none. */
      readonly answers: number;
      readonly text: string;
      readonly images?: number;
    };

export interface NativeTool {
  readonly name: string;
  readonly description: string | undefined;
  readonly schema: unknown;
  readonly strict?: boolean;
}

/** The way of the same provider with embeddings. */
export interface EmbeddingsDouble {
  readonly model: string;
  readonly path: string;
  read(seen: SeenRequest): NativeEmbeddingRequest;
  answer(vectors: readonly (readonly number[])[], request: NativeEmbeddingRequest, tokens: number): unknown;
  /** Whether it counts the tokens. */
  readonly counts: boolean;
}

export interface NativeEmbeddingRequest {
  readonly model: string;
  /** Texts, or token ids. */
  readonly inputs: readonly unknown[];
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly isBase64?: boolean;
}

/** Joins consecutive turns of one side. */
export function joinTurns(turns: readonly NativeTurn[]): NativeTurn[] {
  const joined: NativeTurn[] = [];
  for (const turn of turns) {
    const last = joined.at(-1);
    if (last?.role === turn.role) joined[joined.length - 1] = { ...last, parts: [...last.parts, ...turn.parts] };
    else joined.push(turn);
  }
  return joined;
}

/** A base64 data URL taken apart. */
export function readDataUrl(url: string): { mediaType: string; base64: string } | undefined {
  const [, mediaType, base64] = /^data:([^;,]+);base64,(.*)$/s.exec(url) ?? [];
  return mediaType === undefined || base64 === undefined ? undefined : { mediaType, base64 };
}

/** What JSON holds, for the doubles, which read only what they have seen to be so. */
export type Json = Record<string, unknown>;

export const list = (value: unknown): Json[] => (Array.isArray(value) ? (value as Json[]) : []);

export const object = (value: unknown): Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {};

/** A text, where there is one. */
export const string = (value: unknown): string => (typeof value === 'string' ? value : '');

/** The named members that are there, under other names where told. */
export function pick(from: Json, names: Readonly<Record<string, string>>): Json {
  const found: Json = {};
  for (const [theirs, ours] of Object.entries(names)) if (from[theirs] !== undefined) found[ours] = from[theirs];
  return found;
}

export const serverSentEvent = (data: unknown, name?: string): Buffer =>
  Buffer.from(`${name === undefined ? '' : `event: ${name}\n`}data: ${JSON.stringify(data)}\n\n`);
