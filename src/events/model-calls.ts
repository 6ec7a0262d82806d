import { type Cancellation } from '../upstream/cancellation.js';
import { type CallContext } from './call-context.js';
import { type Operation } from './operation.js';

/** A request of the gateway's own: not streamed, with the model as clients name it. */
export type OwnRequest = Readonly<Record<string, unknown>> & { readonly model: string };

/**
 * Asks models for the gateway's own purposes, in the name of a call under way: a guardrail its moderation model, say. Such
 * a call is one of its own on the books, with the caller of the one it serves. It runs no extensions, so it cannot go
 * round in circles, and is cancelled with the call that it serves.
 */
export abstract class ModelCalls {
  /**
   * @param cancellation of this call alone. Default: that of the call that it serves.
   * @returns the answer's JSON.
   * @throws GatewayError of the last try, or `model_not_found`.
   */
  abstract ask(
    serving: CallContext,
    operation: Operation,
    request: OwnRequest,
    cancellation?: Cancellation,
  ): Promise<unknown>;
}
