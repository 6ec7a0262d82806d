import { Column, Entity, PrimaryColumn, Unique } from 'typeorm';

/** What an administrator did. Rows are added, and never changed. */
@Entity('admin_audit')
@Unique('admin_audit_number_key', ['number'])
export class AdminAuditEntity {
  /** Of the request that asked for it. */
  @PrimaryColumn('uuid', { name: 'request_id', primaryKeyConstraintName: 'admin_audit_pkey' })
  requestId!: string;

  /** By the database's clock. */
  @Column('timestamptz', { default: () => 'now()' })
  at!: Date;

  @Column('text', { name: 'token_id', nullable: true })
  tokenId!: string | null;

  @Column('text', { name: 'token_name' })
  tokenName!: string;

  @Column('text')
  action!: string;

  @Column('text', { nullable: true })
  target!: string | null;

  @Column('jsonb')
  details!: Record<string, unknown>;

  /** Its place in the chain, from 1. */
  @Column('bigint')
  number!: string;

  @Column('bytea', { name: 'previous_hash' })
  previousHash!: Buffer;

  @Column('bytea')
  hash!: Buffer;
}
