import { uuidv7 } from 'uuidv7';
import { type AuditEntry } from '../../src/extensions/audit/audit-entry.js';

/** A plausible entry of the audit with a new request id. */
export function auditEntry(changes: Partial<AuditEntry> = {}): AuditEntry {
  return {
    requestId: uuidv7(),
    at: new Date('2026-03-01T12:00:00.123Z'),
    keyId: 'abcdefghijkl',
    keyName: 'tests',
    team: 'search',
    organization: 'acme',
    endUser: 'user-1',
    clientAddress: '127.0.0.1',
    operation: 'chat',
    model: 'fast',
    deployment: 'openai/gpt-4o-mini',
    answeredBy: null,
    status: 'completed',
    httpStatus: 200,
    errorCode: null,
    durationMs: 812.25,
    requestBody: null,
    responseBody: null,
    ...changes,
  };
}
