import { DiscoveryService } from '@nestjs/core';
import { type GatewayError } from '../errors/gateway-error.js';
import { type CallAnswer } from '../events/call-answer.js';
import { type CallContext } from '../events/call-context.js';
import { type ChatCompletion, type ChatCompletionChunk } from '../protocol/chat-completions.js';

/** What an extension may give in place of an answer of a provider: a chat completion, or bytes ready to be sent. */
export type ExtensionAnswer = ChatCompletion | CallAnswer;

/**
 * Takes part in calls: may refuse them, change them, answer them, and see what comes back. Every hook is optional. Hooks
 * of several extensions run in the order of the extensions.
 *
 * A GatewayError, or a Nest HttpException, that a hook throws refuses, with its status and message. Anything else that it
 * throws is a failure: it is logged and counted, and what becomes of the call is for `onFailure` to say.
 *
 * Who only wants to watch, and never to delay an answer, subscribes to the GatewayEventBus instead.
 *
 * @publicApi
 */
export interface GatewayExtension {
  /**
   * Told once, before the first call: the `settings` of this extension in the configuration, empty where there are none.
   * What it throws stops the start.
   */
  configure?(settings: Readonly<Record<string, unknown>>): void;

  /**
   * Before anything is sent, and before the call is admitted: may refuse by throwing, change what is sent by
   * `call.replaceRequest`, or answer by returning an answer. No later hook runs then.
   */
  onRequest?(call: CallContext): ExtensionAnswer | void | Promise<ExtensionAnswer | void>;

  /** May answer a call that was admitted: the first answer is returned, and nothing is sent. See `ExtensionOptions.answers`. */
  onCacheLookup?(call: CallContext): ExtensionAnswer | undefined | Promise<ExtensionAnswer | undefined>;

  /**
   * Asked once for each answer, before `onResponse` or `onChunk` and `onStreamEnd`: whether they want to see it. Without
   * it they are shown every chat; with it also text completions, whose choices have a `text` in place of a message.
   * Chunks that nobody wants to see are not parsed.
   */
  watches?(call: CallContext): boolean;

  /** A chat that is not streamed, before it goes to the client. What it returns, if anything, goes there in its place. */
  onResponse?(call: CallContext, response: ChatCompletion): ChatCompletion | void | Promise<ChatCompletion | void>;

  /** Each chunk of a streamed chat, in passing. What it returns, if anything, goes on in its place: none, one or several. */
  onChunk?(call: CallContext, chunk: ChatCompletionChunk): readonly ChatCompletionChunk[] | void;

  /**
   * The provider has ended a stream well, and its end has not gone to the client. The chunks that it returns, if any, go
   * there first: what `onChunk` has held back.
   */
  onStreamEnd?(
    call: CallContext,
  ): readonly ChatCompletionChunk[] | void | Promise<readonly ChatCompletionChunk[] | void>;

  /** The call failed: on every deployment, or within its stream. What it throws is logged and changes nothing. */
  onError?(call: CallContext, error: GatewayError): void | Promise<void>;
}

/**
 * Marks a class as an extension. Made by Nest like any other provider of a module, and found when the application
 * starts; or given to `GatewayModule.forRoot` as one of its `extensionClasses`.
 *
 * @example
 * ```ts
 * @Injectable()
 * @Extension({ name: 'office-hours', order: 10 })
 * export class OfficeHours implements GatewayExtension {
 *   onRequest(): void {
 *     if (new Date().getHours() < 8) throw new HttpException('We open at eight.', 429);
 *   }
 * }
 * ```
 * @publicApi
 */
export const Extension = DiscoveryService.createDecorator<ExtensionMetadata | undefined>();

/** What a class says of itself; the configuration's `extensions` may say otherwise. */
export interface ExtensionMetadata {
  /** What the configuration, logs and metrics call it. Default: the name of its class. */
  readonly name?: string;
  /** Lower ones come first. Default 0. */
  readonly order?: number;
  /**
   * What becomes of a call when a hook fails, which is not the same as refusing: `refuse` ends the call with an error,
   * `continue` goes on as if the extension were not there. Default: `refuse` in `onRequest`, `continue` in the others.
   */
  readonly onFailure?: 'refuse' | 'continue';
  /**
   * Which calls `onCacheLookup` is asked about: chats that are not streamed, or every call, streamed ones included, which
   * it then answers in bytes. Default `chat`.
   */
  readonly answers?: 'chat' | 'everything';
}
