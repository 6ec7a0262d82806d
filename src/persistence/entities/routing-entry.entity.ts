import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { type RoutingKind } from '../../routing/stored-routing.js';

/** A provider, a deployment or an alias that was made over REST. */
@Entity('routing_entry')
@Index('routing_entry_kind_name_idx', ['kind', 'name'], { unique: true })
export class RoutingEntryEntity {
  @PrimaryColumn('text', { primaryKeyConstraintName: 'routing_entry_pkey' })
  id!: string;

  @Column('text')
  kind!: RoutingKind;

  @Column('text')
  name!: string;

  @Column('jsonb')
  settings!: object;

  /** Sealed under the master key, and bound to the row and to where they are sent. */
  @Column('bytea', { nullable: true })
  secrets!: Buffer | null;

  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'updated_at' })
  updatedAt!: Date;

  @Column('integer')
  version!: number;
}
