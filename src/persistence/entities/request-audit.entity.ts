import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { type AuditEntry } from '../../extensions/audit/audit-entry.js';

/** An entry of the audit of requests as stored. */
@Entity('request_audit')
@Index('request_audit_key_name_at_idx', ['keyName', 'at'])
@Index('request_audit_at_idx', ['at'], { type: 'brin' })
export class RequestAuditEntity implements AuditEntry {
  @PrimaryColumn('uuid', { name: 'request_id', primaryKeyConstraintName: 'request_audit_pkey' })
  requestId!: string;

  @Column('timestamptz')
  at!: Date;

  @Column('text', { name: 'key_id', nullable: true })
  keyId!: string | null;

  @Column('text', { name: 'key_name' })
  keyName!: string;

  @Column('text', { nullable: true })
  team!: string | null;

  @Column('text', { nullable: true })
  organization!: string | null;

  @Column('text', { name: 'end_user', nullable: true })
  endUser!: string | null;

  @Column('text', { name: 'client_address', nullable: true })
  clientAddress!: string | null;

  @Column('text')
  operation!: string;

  @Column('text')
  model!: string;

  @Column('text', { nullable: true })
  deployment!: string | null;

  @Column('text', { name: 'answered_by', nullable: true })
  answeredBy!: string | null;

  @Column('text')
  status!: AuditEntry['status'];

  @Column('smallint', { name: 'http_status' })
  httpStatus!: number;

  @Column('text', { name: 'error_code', nullable: true })
  errorCode!: string | null;

  @Column('double precision', { name: 'duration_ms' })
  durationMs!: number;

  @Column('text', { name: 'request_body', nullable: true })
  requestBody!: string | null;

  @Column('text', { name: 'response_body', nullable: true })
  responseBody!: string | null;
}
