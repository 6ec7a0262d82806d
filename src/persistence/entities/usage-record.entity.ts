import { Column, Entity, Index, PrimaryColumn, type ValueTransformer } from 'typeorm';
import {
  type AttemptRecord,
  type CallStatus,
  type UsageGrade,
  type UsageRecord,
} from '../../extensions/usage-record.js';
import { type BillableUnits } from '../../protocol/billable-units.js';
import { type TokenUsage } from '../../protocol/token-usage.js';

// node-postgres reads bigint as text. The counts written are at most 2^53-1, so nothing is lost.
const countAsNumber: ValueTransformer = { to: (value: unknown) => value, from: Number };

const costAsBigint: ValueTransformer = {
  to: (value: unknown) => value,
  from: (value: string | null) => (value === null ? null : BigInt(value)),
};

/** The token buckets as columns. */
export class TokenUsageColumns implements TokenUsage {
  @Column('bigint', { name: 'input_uncached', transformer: countAsNumber })
  inputUncached!: number;

  @Column('bigint', { name: 'cache_read', transformer: countAsNumber })
  cacheRead!: number;

  @Column('bigint', { name: 'cache_write_5m', transformer: countAsNumber })
  cacheWrite5m!: number;

  @Column('bigint', { name: 'cache_write_1h', transformer: countAsNumber })
  cacheWrite1h!: number;

  @Column('bigint', { name: 'input_audio', transformer: countAsNumber })
  inputAudio!: number;

  @Column('bigint', { transformer: countAsNumber })
  output!: number;

  @Column('bigint', { transformer: countAsNumber })
  reasoning!: number;

  @Column('bigint', { name: 'output_audio', transformer: countAsNumber })
  outputAudio!: number;
}

/** A usage record as stored. */
@Entity('usage_record')
@Index('usage_record_key_id_request_id_idx', ['keyId', 'requestId'])
@Index('usage_record_key_name_request_id_idx', ['keyName', 'requestId'])
@Index('usage_record_team_request_id_idx', ['team', 'requestId'], { where: 'team IS NOT NULL' })
@Index('usage_record_organization_request_id_idx', ['organization', 'requestId'], {
  where: 'organization IS NOT NULL',
})
@Index('usage_record_end_user_request_id_idx', ['endUser', 'requestId'], { where: 'end_user IS NOT NULL' })
@Index('usage_record_status_request_id_idx', ['status', 'requestId'], { where: "status <> 'completed'" })
// Records arrive nearly in the order of their time: a block range index stays tiny and costs the inserts nothing.
@Index('usage_record_started_at_idx', ['startedAt'], { type: 'brin' })
export class UsageRecordEntity implements UsageRecord {
  @PrimaryColumn('uuid', { name: 'request_id', primaryKeyConstraintName: 'usage_record_pkey' })
  requestId!: string;

  @Column('timestamptz', { name: 'started_at' })
  startedAt!: Date;

  @Column('double precision', { name: 'duration_ms' })
  durationMs!: number;

  @Column('double precision', { name: 'first_chunk_ms', nullable: true })
  firstChunkMs!: number | null;

  @Column('text')
  operation!: string;

  @Column('boolean')
  streaming!: boolean;

  @Column('text', { name: 'key_id', nullable: true })
  keyId!: string | null;

  @Column('text', { name: 'key_name' })
  keyName!: string;

  @Column('text', { nullable: true })
  team!: string | null;

  @Column('text', { nullable: true })
  organization!: string | null;

  @Column('text', { name: 'end_user', nullable: true })
  endUser!: string | null;

  @Column('text', { nullable: true })
  tag!: string | null;

  @Column('text', { name: 'request_model' })
  requestModel!: string;

  @Column('text')
  model!: string;

  @Column('text', { nullable: true })
  provider!: string | null;

  @Column('text', { name: 'upstream_model', nullable: true })
  upstreamModel!: string | null;

  @Column('text', { name: 'answered_by', nullable: true })
  answeredBy!: string | null;

  @Column('text')
  status!: CallStatus;

  @Column('smallint', { name: 'http_status' })
  httpStatus!: number;

  @Column('text', { name: 'error_code', nullable: true })
  errorCode!: string | null;

  @Column('text')
  grade!: UsageGrade;

  @Column(() => TokenUsageColumns, { prefix: false })
  tokens!: TokenUsageColumns;

  @Column('jsonb', { nullable: true })
  units!: BillableUnits | null;

  @Column('bigint', { nullable: true, transformer: costAsBigint })
  cost!: bigint | null;

  @Column('text', { name: 'price_version', nullable: true })
  priceVersion!: string | null;

  @Column('bigint', { name: 'failed_attempts_cost', default: 0, transformer: costAsBigint })
  failedAttemptsCost!: bigint;

  @Column('jsonb')
  attempts!: AttemptRecord[];
}
