import { Column, Entity, PrimaryColumn } from 'typeorm';

/** Costs of records that were changed together, by whom and why. Rows are added and never changed. */
@Entity('repricing')
export class RepricingEntity {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'repricing_pkey' })
  id!: string;

  /** Those of one run have it in common. */
  @Column('uuid')
  run!: string;

  @Column('timestamptz', { default: () => 'now()' })
  at!: Date;

  @Column('text')
  by!: string;

  /** Which records were meant: started from here on. */
  @Column('timestamptz')
  from!: Date;

  /** And before this. */
  @Column('timestamptz')
  to!: Date;

  @Column('text', { nullable: true })
  provider!: string | null;

  @Column('text', { nullable: true })
  model!: string | null;

  @Column('integer')
  changed!: number;

  /** pico-USD, of the changed ones together. */
  @Column('numeric', { name: 'old_cost' })
  oldCost!: string;

  @Column('numeric', { name: 'new_cost' })
  newCost!: string;
}
