import { type DataSource, type EntityManager } from 'typeorm';
import { type AdminAuditEntry, AdminAuditRepository } from '../../admin/admin-audit.repository.js';
import { storableText, storableTextOrNull, wholeJson } from '../postgres-values.js';
import { quotedSchema, schemaOf } from '../schema-name.js';

/** What administrators did, in Postgres. */
export class TypeOrmAdminAuditRepository extends AdminAuditRepository {
  constructor(
    private readonly dataSource: DataSource,
    private readonly schema: string = schemaOf(dataSource),
  ) {
    super();
  }

  override append(entry: AdminAuditEntry): Promise<void> {
    return appendAuditEntry(this.dataSource, this.schema, entry);
  }
}

/** Within a transaction where the query runs in one. */
export async function appendAuditEntry(
  on: Pick<EntityManager, 'query'>,
  schema: string,
  { requestId, administrator, action, target, details }: AdminAuditEntry,
): Promise<void> {
  await on.query(
    `INSERT INTO ${quotedSchema(schema)}.admin_audit (request_id, token_id, token_name, action, target, details)
     VALUES ($1, $2, $3, $4, $5, $6)`,
    [
      requestId,
      administrator.tokenId,
      storableText(administrator.name),
      action,
      storableTextOrNull(target),
      wholeJson(details),
    ],
  );
}
