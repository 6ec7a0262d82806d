import { Column, Entity, PrimaryColumn } from 'typeorm';
import { type AdministeredOwner } from '../../admin/owners/owner-administration.js';
import { type TeamSettings } from '../../owner.options.js';

/** A team or an organisation that says what all its keys may. */
@Entity('key_owner')
export class KeyOwnerEntity implements AdministeredOwner {
  /** `<kind>:<name>` */
  @PrimaryColumn('text', { primaryKeyConstraintName: 'key_owner_pkey' })
  id!: string;

  @Column('text')
  kind!: 'team' | 'organization';

  @Column('text')
  name!: string;

  @Column('jsonb')
  settings!: TeamSettings;

  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'updated_at' })
  updatedAt!: Date;

  @Column('integer')
  version!: number;
}
