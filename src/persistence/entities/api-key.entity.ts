import { Column, Entity, PrimaryColumn } from 'typeorm';
import { type StoredApiKey } from '../../auth/api-key.repository.js';
import { type KeySettings } from '../../key.options.js';

/** A client key as stored. */
@Entity('api_key')
export class ApiKeyEntity implements StoredApiKey {
  @PrimaryColumn('text', { primaryKeyConstraintName: 'api_key_pkey' })
  id!: string;

  @Column('text')
  name!: string;

  @Column('bytea')
  digest!: Buffer;

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
}
