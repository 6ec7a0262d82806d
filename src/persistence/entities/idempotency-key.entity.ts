import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** An idempotency key that was taken, as stored. */
@Entity('idempotency_key')
export class IdempotencyKeyEntity {
  @PrimaryColumn('bytea', { primaryKeyConstraintName: 'idempotency_key_pkey' })
  id!: Buffer;

  @Column('uuid', { name: 'request_id' })
  requestId!: string;

  @Column('bytea')
  fingerprint!: Buffer;

  @Column('text')
  state!: string;

  @Column('bytea', { nullable: true })
  answer!: Buffer | null;

  @Column('timestamptz', { name: 'leased_until' })
  leasedUntil!: Date;

  @Column('timestamptz', { name: 'expires_at' })
  @Index('idempotency_key_expires_at_idx')
  expiresAt!: Date;
}
