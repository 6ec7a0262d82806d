import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { type AdministeredKey } from '../../admin/keys/key-administration.js';
import { type KeySettings } from '../../key.options.js';

/** A client key as stored. */
@Entity('api_key')
@Index('api_key_created_at_idx', ['createdAt', 'id'])
@Index('api_key_disabled_idx', ['createdAt', 'id'], {
  where: 'disabled_at IS NOT NULL AND revoked_at IS NULL',
})
@Index('api_key_revoked_idx', ['createdAt', 'id'], { where: 'revoked_at IS NOT NULL' })
@Index('api_key_expires_at_idx', ['expiresAt'], { where: 'expires_at IS NOT NULL' })
// These are of expressions, which no decorator can say.
@Index('api_key_name_idx', { synchronize: false })
@Index('api_key_team_idx', { synchronize: false })
@Index('api_key_organization_idx', { synchronize: false })
export class ApiKeyEntity implements AdministeredKey {
  @PrimaryColumn('text', { primaryKeyConstraintName: 'api_key_pkey' })
  id!: string;

  @Column('text')
  name!: string;

  @Column('bytea')
  digest!: Buffer;

  @Column('bytea', { name: 'previous_digest', nullable: true })
  previousDigest!: Buffer | null;

  @Column('timestamptz', { name: 'previous_until', nullable: true })
  previousUntil!: Date | null;

  @Column('text')
  masked!: string;

  @Column('text', { name: 'allowed_models', array: true, nullable: true })
  allowedModels!: string[] | null;

  @Column('jsonb', { default: {} })
  settings!: KeySettings;

  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'expires_at', nullable: true })
  expiresAt!: Date | null;

  @Column('timestamptz', { name: 'disabled_at', nullable: true })
  disabledAt!: Date | null;

  @Column('timestamptz', { name: 'updated_at', default: () => 'now()' })
  updatedAt!: Date;

  @Column('timestamptz', { name: 'revoked_at', nullable: true })
  revokedAt!: Date | null;

  @Column('integer', { default: 1 })
  version!: number;
}
