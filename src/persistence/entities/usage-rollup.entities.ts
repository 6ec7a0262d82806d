import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** What usage records add up to, by model, provider and operation at the least. */
abstract class UsageSums {
  @Column('text')
  model!: string;

  @Column('text', { nullable: true })
  provider!: string | null;

  @Column('text')
  operation!: string;

  @Column('bigint')
  calls!: string;

  @Column('bigint')
  completed!: string;

  @Column('bigint')
  failed!: string;

  @Column('bigint')
  aborted!: string;

  // Sums of what providers tell: whole numbers of any size, so that no sum ever refuses a batch.
  @Column('numeric', { name: 'input_uncached' })
  inputUncached!: string;

  @Column('numeric', { name: 'cache_read' })
  cacheRead!: string;

  @Column('numeric', { name: 'cache_write_5m' })
  cacheWrite5m!: string;

  @Column('numeric', { name: 'cache_write_1h' })
  cacheWrite1h!: string;

  @Column('numeric', { name: 'input_audio' })
  inputAudio!: string;

  @Column('numeric')
  output!: string;

  @Column('numeric')
  reasoning!: string;

  @Column('numeric', { name: 'output_audio' })
  outputAudio!: string;

  /** pico-USD. */
  @Column('numeric')
  cost!: string;

  /** Calls whose cost is not known. */
  @Column('bigint')
  unpriced!: string;
}

/** The same by team and organisation too. */
abstract class UsageSumsOfOwners extends UsageSums {
  @Column('text', { nullable: true })
  team!: string | null;

  @Column('text', { nullable: true })
  organization!: string | null;
}

/** Of a day, by key, team, organisation, model, provider and operation. */
@Entity('usage_rollup')
@Index('usage_rollup_day_idx', ['day'], { type: 'brin' })
@Index('usage_rollup_team_day_idx', ['team', 'day'], { where: 'team IS NOT NULL' })
@Index('usage_rollup_key_id_day_idx', ['keyId', 'day'])
@Index('usage_rollup_key_name_day_idx', ['keyName', 'day'])
export class UsageRollupEntity extends UsageSumsOfOwners {
  /** UTC. */
  @PrimaryColumn('date', { primaryKeyConstraintName: 'usage_rollup_pkey' })
  day!: string;

  /** SHA-256 of all that it is by but the day, in one text: the key of the row. */
  @PrimaryColumn('bytea', { primaryKeyConstraintName: 'usage_rollup_pkey' })
  dimensions!: Buffer;

  @Column('text', { name: 'key_id', nullable: true })
  keyId!: string | null;

  @Column('text', { name: 'key_name' })
  keyName!: string;
}

/** Of a month, whatever the keys. Kept up by the triggers of `usage_record`. */
@Entity('usage_by_month')
@Index('usage_by_month_team_month_idx', ['team', 'month'], { where: 'team IS NOT NULL' })
export class UsageByMonthEntity extends UsageSumsOfOwners {
  /** Its first day, of UTC. */
  @PrimaryColumn('date', { primaryKeyConstraintName: 'usage_by_month_pkey' })
  month!: string;

  @PrimaryColumn('bytea', { primaryKeyConstraintName: 'usage_by_month_pkey' })
  dimensions!: Buffer;
}

/** Of a day, whatever the keys, their teams and organisations. Kept up by the triggers of `usage_record`. */
@Entity('usage_by_day')
export class UsageByDayEntity extends UsageSums {
  @PrimaryColumn('date', { primaryKeyConstraintName: 'usage_by_day_pkey' })
  day!: string;

  @PrimaryColumn('bytea', { primaryKeyConstraintName: 'usage_by_day_pkey' })
  dimensions!: Buffer;
}
