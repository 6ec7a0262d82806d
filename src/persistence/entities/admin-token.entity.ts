import { Column, Entity, PrimaryColumn } from 'typeorm';
import { type StoredAdminToken } from '../../admin/admin-token.repository.js';

/** A token of an administrator as stored. */
@Entity('admin_token')
export class AdminTokenEntity implements StoredAdminToken {
  @PrimaryColumn('text', { primaryKeyConstraintName: 'admin_token_pkey' })
  id!: string;

  @Column('text')
  name!: string;

  @Column('bytea')
  digest!: Buffer;

  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'expires_at', nullable: true })
  expiresAt!: Date | null;

  @Column('timestamptz', { name: 'disabled_at', nullable: true })
  disabledAt!: Date | null;
}
