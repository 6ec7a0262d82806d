/**
 * What a gateway can be asked to do. The one dispatch loop serves every operation: what differs between them is here.
 */
export interface Operation {
  /** The name on records and metrics, and of the provider's capability: OpenTelemetry's `gen_ai.operation.name`. */
  readonly name: 'chat';
  /** Whether a failed try may be repeated on the same deployment. Not where a try is billed even if it fails. */
  readonly isRetried: boolean;
  /** Whether an extension may answer a request that is not streamed from its cache. */
  readonly isCached: boolean;
}

/** `POST /v1/chat/completions` */
export const CHAT: Operation = { name: 'chat', isRetried: true, isCached: true };
