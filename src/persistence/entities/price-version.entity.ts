import { Column, Entity, PrimaryColumn } from 'typeorm';
import { type PriceOptions } from '../../price.options.js';
import { type PriceVersion } from '../../routing/stored-routing.js';

/** What a price that was made over REST said from one change to the next: rows are added, and never changed. */
@Entity('price_version')
export class PriceVersionEntity implements PriceVersion {
  @PrimaryColumn('text', { primaryKeyConstraintName: 'price_version_pkey' })
  id!: string;

  @PrimaryColumn('integer', { primaryKeyConstraintName: 'price_version_pkey' })
  version!: number;

  @Column('jsonb')
  settings!: PriceOptions;

  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date;

  /** From here on there is no such price. */
  @Column('boolean', { name: 'is_end' })
  isEnd!: boolean;
}
