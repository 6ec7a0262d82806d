import { type AuditEntry } from './audit-entry.js';

/**
 * Where the entries of the audit go. A host's own is given to `GatewayModule.forRoot` as `auditSink`.
 * @publicApi
 */
export abstract class AuditSink {
  /** Writes all of them or none; what it rejects is tried again. Never waited for by a call. */
  abstract write(entries: readonly AuditEntry[]): Promise<void>;
}
