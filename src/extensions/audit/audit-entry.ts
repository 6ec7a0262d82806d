import { type CallStatus } from '../usage-record.js';

/** Who asked what, when, and what became of it. */
export interface AuditEntry {
  /** UUIDv7. */
  readonly requestId: string;
  readonly at: Date;
  /** `null` for a key from the configuration. */
  readonly keyId: string | null;
  readonly keyName: string;
  readonly team: string | null;
  readonly organization: string | null;
  /** The `user` of the request. */
  readonly endUser: string | null;
  /** The other end of the connection: a client, or what stands before it. */
  readonly clientAddress: string | null;
  readonly operation: string;
  /** As the client named it. */
  readonly model: string;
  /** `<provider>/<model>` that answered, or was tried last; `null` where none was. */
  readonly deployment: string | null;
  /** The extension that answered in place of a provider. */
  readonly answeredBy: string | null;
  /** `refused` by an extension, before anything was sent. */
  readonly status: CallStatus | 'refused';
  readonly httpStatus: number;
  readonly errorCode: string | null;
  readonly durationMs: number;
  /** What was asked and answered, redacted and cut; `null` unless switched on. */
  readonly requestBody: string | null;
  readonly responseBody: string | null;
}
