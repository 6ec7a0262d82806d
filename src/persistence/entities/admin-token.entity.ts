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

  /** What it may: all that this role may, or else its scopes. */
  @Column('text', { nullable: true })
  role!: string | null;

  @Column('text', { array: true, nullable: true })
  scopes!: string[] | null;

  /** The id of the token that it was made with. */
  @Column('text', { name: 'granted_by', nullable: true })
  grantedBy!: string | null;

  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'expires_at', nullable: true })
  expiresAt!: Date | null;

  @Column('timestamptz', { name: 'disabled_at', nullable: true })
  disabledAt!: Date | null;
}
