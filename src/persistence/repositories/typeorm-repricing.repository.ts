import { type DataSource } from 'typeorm';
import { uuidv7 } from 'uuidv7';
import {
  type CostChange,
  type CostChanges,
  type RatedRecord,
  type RepricingFilter,
  RepricingRepository,
  type RepricingRun,
} from '../../extensions/usage/repricing.repository.js';
import { UsageRecordEntity } from '../entities/usage-record.entity.js';
import { storableText } from '../postgres-values.js';
import { leastIdBeyond, leastIdFrom } from '../record-ids.js';
import { quotedSchema, schemaOf } from '../schema-name.js';
import { moveCosts } from './usage-rollup.statement.js';

/** Costs of records in Postgres: a batch in one statement, with the rollups and the row of the audit. */
export class TypeOrmRepricingRepository extends RepricingRepository {
  readonly #apply: string;

  constructor(
    private readonly dataSource: DataSource,
    schema: string = schemaOf(dataSource),
  ) {
    super();
    const quoted = quotedSchema(schema);
    this.#apply = `
      WITH wanted AS (
        SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::text[]) AS wanted(request_id, new_cost, new_version)
      ), changed AS (
        SELECT record.*, wanted.new_cost, wanted.new_version
          FROM ${quoted}.usage_record AS record JOIN wanted ON wanted.request_id = record.request_id
         WHERE (record.cost, record.price_version) IS DISTINCT FROM (wanted.new_cost, wanted.new_version)
         ORDER BY record.request_id
           FOR UPDATE OF record
      ), updated AS (
        UPDATE ${quoted}.usage_record AS record SET cost = new_cost, price_version = new_version
          FROM changed WHERE record.request_id = changed.request_id
      ), ${moveCosts(quoted, 'changed')}, total AS (
        SELECT count(*)::int AS changed, coalesce(sum(cost), 0) AS old_cost, coalesce(sum(new_cost), 0) AS new_cost
          FROM changed
      ), kept AS (
        INSERT INTO ${quoted}.repricing (id, run, by, "from", "to", provider, model, changed, old_cost, new_cost)
        SELECT $4::uuid, $5::uuid, $6::text, $7::timestamptz, $8::timestamptz, $9::text, $10::text,
               changed, old_cost, new_cost
          FROM total WHERE changed > 0
      )
      SELECT changed, old_cost, new_cost FROM total`;
  }

  override async find(
    { from, to, provider, model }: RepricingFilter,
    after: string | undefined,
    limit: number,
  ): Promise<readonly RatedRecord[]> {
    const query = this.dataSource
      .getRepository(UsageRecordEntity)
      .createQueryBuilder('record')
      // Ids begin with the time, and are the one index that leads to records in their order.
      .where('record.requestId > :first AND record.requestId < :last', {
        first: after ?? leastIdFrom(from),
        last: leastIdBeyond(to),
      })
      .andWhere('record.startedAt >= :from AND record.startedAt < :to', { from, to })
      .orderBy('record.requestId')
      .limit(limit);
    if (provider !== null) query.andWhere('record.provider = :provider', { provider });
    if (model !== null) query.andWhere('(record.model = :model OR record.upstreamModel = :model)', { model });
    return query.getMany();
  }

  override async apply({ id, by, filter }: RepricingRun, changes: readonly CostChange[]): Promise<CostChanges> {
    if (changes.length === 0) return { changed: 0, oldCost: 0n, newCost: 0n };
    const [total] = await this.dataSource.query<{ changed: number; old_cost: string; new_cost: string }[]>(
      this.#apply,
      [
        changes.map(({ requestId }) => requestId),
        changes.map(({ cost }) => String(cost)),
        changes.map(({ priceVersion }) => priceVersion),
        uuidv7(),
        id,
        storableText(by),
        filter.from,
        filter.to,
        filter.provider,
        filter.model,
      ],
    );
    return {
      changed: total?.changed ?? 0,
      oldCost: BigInt(total?.old_cost ?? 0),
      newCost: BigInt(total?.new_cost ?? 0),
    };
  }
}
