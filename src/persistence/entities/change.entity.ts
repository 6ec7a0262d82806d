import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** That something was changed. Rows are a day old at most: they are for gateways that did not hear of it at once. */
@Entity('change')
@Index('change_at_idx', ['at'])
export class ChangeEntity {
  @PrimaryColumn('bigint', {
    generated: 'identity',
    generatedIdentity: 'ALWAYS',
    primaryKeyConstraintName: 'change_pkey',
  })
  id!: string;

  @Column('timestamptz', { default: () => 'clock_timestamp()' })
  at!: Date;

  @Column('text')
  kind!: string;

  @Column('text')
  subject!: string;
}
