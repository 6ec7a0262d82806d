import { type IncomingMessage } from 'node:http';

/** Who administers, as the guard found out. */
export interface Administrator {
  /** `null` for the token of the environment. */
  readonly tokenId: string | null;
  readonly name: string;
}

/** A request that the guard has let in. */
export interface AdminRequest extends IncomingMessage {
  administrator: Administrator;
  /** UUIDv7; the `x-request-id` of the answer. */
  requestId: string;
}
