import { DiscoveryService } from '@nestjs/core';
import { type GatewayError } from '../errors/gateway-error.js';
import { type CallContext } from '../events/call-context.js';
import { type ChatCompletion, type ChatCompletionChunk } from '../protocol/chat-completions.js';

/**
 * Takes part in calls: may refuse them, answer them, and see what comes back. Every hook is optional. Hooks of several
 * extensions run in the order of the extensions.
 *
 * Who only wants to watch, and never to delay an answer, subscribes to the GatewayEventBus instead.
 *
 * @publicApi
 */
export interface GatewayExtension {
  /**
   * Before anything is sent. What it throws ends the request: a GatewayError or a Nest HttpException with its own
   * status and message. No later hook runs then.
   */
  onRequest?(call: CallContext): void | Promise<void>;

  /** May answer a chat request that is not streamed: the first answer is returned, and nothing is sent. */
  onCacheLookup?(call: CallContext): ChatCompletion | undefined | Promise<ChatCompletion | undefined>;

  /** A chat that is not streamed, before it goes to the client. What it throws is logged and changes nothing. */
  onResponse?(call: CallContext, response: ChatCompletion): void | Promise<void>;

  /** Each chunk of a streamed chat, in passing. What it throws is logged and changes nothing. */
  onChunk?(call: CallContext, chunk: ChatCompletionChunk): void;

  /** The call failed: on every deployment, or within its stream. What it throws is logged and changes nothing. */
  onError?(call: CallContext, error: GatewayError): void | Promise<void>;
}

/**
 * Marks a class as an extension. Made by Nest like any other provider of a module, and found when the application
 * starts.
 *
 * @example
 * ```ts
 * @Injectable()
 * @Extension({ order: 10 })
 * export class OfficeHours implements GatewayExtension {
 *   onRequest(): void {
 *     if (new Date().getHours() < 8) throw new HttpException('We open at eight.', 429);
 *   }
 * }
 * ```
 * @publicApi
 */
export const Extension = DiscoveryService.createDecorator<ExtensionOptions | undefined>();

export interface ExtensionOptions {
  /** Lower ones come first. Default 0. */
  readonly order?: number;
}
