import { type AdminAction, type AdminAuditEntry } from './admin-audit.repository.js';
import { type AdminRequest } from './administrator.js';

/** The line of the audit log on an action that was asked for by this request. */
export function auditEntry({ administrator, requestId }: AdminRequest, action: AdminAction): AdminAuditEntry {
  const { tokenId, name } = administrator;
  return { requestId, administrator: { tokenId, name }, ...action };
}
