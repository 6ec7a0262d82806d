/** A whole answer as it goes to the client: of a stream its events, the closing `[DONE]` included. */
export interface CallAnswer {
  readonly contentType: string;
  readonly bytes: Buffer;
}
