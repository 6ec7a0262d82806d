import { type DataSource } from 'typeorm';
import { type AuditEntry } from '../../extensions/audit/audit-entry.js';
import { AuditEntryRepository } from '../../extensions/audit/audit-entry.repository.js';
import { retryOnLostConnection } from '../lost-connection.js';
import {
  storableNumber,
  storableSmallInteger,
  storableText,
  storableTextOrNull,
  storableTime,
  withoutUnstorable,
} from '../postgres-values.js';
import { quotedSchema, schemaOf } from '../schema-name.js';

const COLUMNS = [
  ['request_id', 'uuid'],
  ['at', 'timestamptz'],
  ['key_id', 'text'],
  ['key_name', 'text'],
  ['team', 'text'],
  ['organization', 'text'],
  ['end_user', 'text'],
  ['client_address', 'text'],
  ['operation', 'text'],
  ['model', 'text'],
  ['deployment', 'text'],
  ['answered_by', 'text'],
  ['status', 'text'],
  ['http_status', 'smallint'],
  ['error_code', 'text'],
  ['duration_ms', 'double precision'],
  ['request_body', 'text'],
  ['response_body', 'text'],
] as const;

/** The audit of requests in Postgres, a batch in one statement. Odd text is altered, never refused. */
export class TypeOrmAuditEntryRepository extends AuditEntryRepository {
  readonly #insert: string;

  constructor(
    private readonly dataSource: DataSource,
    schema: string = schemaOf(dataSource),
  ) {
    super();
    const names = COLUMNS.map(([name]) => name).join(', ');
    const typed = COLUMNS.map(([name, type]) => `${name} ${type}`).join(', ');
    this.#insert = `INSERT INTO ${quotedSchema(schema)}.request_audit (${names})
      SELECT ${names} FROM json_to_recordset($1::json) AS entry(${typed}) ON CONFLICT (request_id) DO NOTHING`;
  }

  override async insertAll(entries: readonly AuditEntry[]): Promise<void> {
    const rows = JSON.stringify(entries.map(rowOf));
    await retryOnLostConnection(() => this.dataSource.query(this.#insert, [rows]));
  }
}

function rowOf(entry: AuditEntry): Readonly<Record<(typeof COLUMNS)[number][0], string | number | null>> {
  return {
    request_id: entry.requestId,
    at: storableTime(entry.at),
    key_id: storableTextOrNull(entry.keyId),
    key_name: storableText(entry.keyName),
    team: storableTextOrNull(entry.team),
    organization: storableTextOrNull(entry.organization),
    end_user: storableTextOrNull(entry.endUser),
    client_address: storableTextOrNull(entry.clientAddress),
    operation: storableText(entry.operation),
    model: storableText(entry.model),
    deployment: storableTextOrNull(entry.deployment),
    answered_by: storableTextOrNull(entry.answeredBy),
    status: entry.status,
    http_status: storableSmallInteger(entry.httpStatus),
    error_code: storableTextOrNull(entry.errorCode),
    duration_ms: storableNumber(entry.durationMs),
    request_body: entry.requestBody === null ? null : withoutUnstorable(entry.requestBody),
    response_body: entry.responseBody === null ? null : withoutUnstorable(entry.responseBody),
  };
}
