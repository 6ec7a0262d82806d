import { type Administrator } from './administrator.js';

/** What an administrator did. */
export interface AdminAction {
  /** `cache.clear`, … */
  readonly action: string;
  /** On what: a name, an id; `null` where the action says it. */
  readonly target: string | null;
  /** What else it takes to understand it. Never a secret. */
  readonly details: Readonly<Record<string, unknown>>;
}

/** One line of the audit log. */
export interface AdminAuditEntry extends AdminAction {
  /** UUIDv7: of the request that asked for it, as its `x-request-id` told. */
  readonly requestId: string;
  readonly administrator: Administrator;
}

/** Where it is kept what administrators did: nothing in it is ever changed or deleted. */
export abstract class AdminAuditRepository {
  abstract append(entry: AdminAuditEntry): Promise<void>;
}
