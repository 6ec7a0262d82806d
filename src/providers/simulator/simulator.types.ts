import { type ChatUsage } from '../../protocol/chat-completions.js';

/**
 * What a request may ask of the simulator, in a field `simulator` of its body. Everything is optional; without it the
 * last user message comes back.
 */
export interface SimulatorControls {
  /** The text to answer with. */
  readonly content?: string;
  readonly reasoning?: string;
  readonly tool_calls?: readonly { readonly name: string; readonly arguments: unknown }[];
  /** Milliseconds before anything is answered. */
  readonly delay_ms: number;
  /** Milliseconds between the chunks of a stream. */
  readonly chunk_delay_ms: number;
  readonly error?: {
    readonly status: number;
    readonly message: string;
    readonly code: string | null;
    /** Seconds, for `Retry-After`. */
    readonly retry_after?: number;
    /** In a stream: how many chunks come before the error. */
    readonly after_chunks?: number;
  };
}

/** What the simulator will answer, before it is given the form of a completion or of chunks. */
export interface SimulatedAnswer {
  readonly id: string;
  readonly created: number;
  readonly model: string;
  readonly content: string | null;
  readonly reasoning: string | undefined;
  readonly toolCalls: readonly { readonly id: string; readonly name: string; readonly arguments: string }[];
  readonly finishReason: 'stop' | 'length' | 'tool_calls';
  readonly usage: ChatUsage;
}
