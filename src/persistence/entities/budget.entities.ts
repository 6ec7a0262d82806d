import { Column, Entity, PrimaryColumn, Unique } from 'typeorm';

/** An account of a budget in one window. Amounts in pico-USD; node-postgres reads numeric as text. */
@Entity('budget_account')
@Unique('budget_account_window_key', ['budget', 'subject', 'period', 'windowStart'])
export class BudgetAccountEntity {
  @PrimaryColumn('bigint', {
    generated: 'identity',
    generatedIdentity: 'ALWAYS',
    primaryKeyConstraintName: 'budget_account_pkey',
  })
  id!: string;

  @Column('text')
  budget!: string;

  @Column('text')
  kind!: string;

  @Column('text')
  subject!: string;

  @Column('text')
  period!: string;

  @Column('timestamptz', { name: 'window_start' })
  windowStart!: Date;

  @Column('timestamptz', { name: 'window_end', nullable: true })
  windowEnd!: Date | null;

  @Column('boolean')
  hard!: boolean;

  @Column('smallint', { array: true })
  alerts!: number[];

  @Column('numeric', { name: 'limit_cost', precision: 38, scale: 0 })
  limit!: string;

  @Column('numeric', { precision: 38, scale: 0, default: 0 })
  spent!: string;

  @Column('numeric', { precision: 38, scale: 0, default: 0 })
  reserved!: string;
}

/** A process that has, or had, reservations. */
@Entity('budget_owner')
export class BudgetOwnerEntity {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'budget_owner_pkey' })
  id!: string;

  @Column('timestamptz', { name: 'seen_at' })
  seenAt!: Date;
}

/** What is set aside for one request, or for a process to draw from, on each of its accounts. */
@Entity('budget_reservation')
export class BudgetReservationEntity {
  @PrimaryColumn('uuid', { name: 'request_id', primaryKeyConstraintName: 'budget_reservation_pkey' })
  requestId!: string;

  @Column('uuid')
  owner!: string;

  @Column('text')
  state!: 'open' | 'swept' | 'void';

  @Column('numeric', { precision: 38, scale: 0 })
  amount!: string;

  @Column('bigint', { name: 'account_ids', array: true })
  accountIds!: string[];

  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date;

  /** How many parts of a lease were given back. */
  @Column('integer', { name: 'given_back', default: 0 })
  givenBack!: number;
}

/** A percentage of an account's limit that was reached. */
@Entity('budget_alert')
export class BudgetAlertEntity {
  @PrimaryColumn('bigint', { name: 'account_id', primaryKeyConstraintName: 'budget_alert_pkey' })
  accountId!: string;

  @PrimaryColumn('smallint', { primaryKeyConstraintName: 'budget_alert_pkey' })
  threshold!: number;

  @Column('numeric', { precision: 38, scale: 0 })
  spent!: string;

  @Column('timestamptz', { name: 'raised_at' })
  raisedAt!: Date;

  @Column('timestamptz', { name: 'taken_at', nullable: true })
  takenAt!: Date | null;

  @Column('timestamptz', { name: 'closed_at', nullable: true })
  closedAt!: Date | null;
}
