import { type IncomingMessage } from 'node:http';
import { type AdminGrant } from './admin-scopes.js';

/** Who administers, as the guard found out. */
export interface Administrator {
  /** `null` for the token of the environment. */
  readonly tokenId: string | null;
  readonly name: string;
}

/** An administrator, with what the token is good for. */
export interface AskingAdministrator extends Administrator {
  readonly grant: AdminGrant;
  /** `null` for never. */
  readonly expiresAt: Date | null;
}

/** A request that the guard has let in. */
export interface AdminRequest extends IncomingMessage {
  administrator: AskingAdministrator;
  /** UUIDv7; the `x-request-id` of the answer. */
  requestId: string;
}
