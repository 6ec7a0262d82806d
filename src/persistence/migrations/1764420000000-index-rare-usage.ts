import { type MigrationInterface, type QueryRunner } from 'typeorm';
import { migratedSchema } from '../schema-name.js';

/** Lists and sums of what is rare: of a team, an end user, of calls that failed; keys that are not active. */
export class IndexRareUsage1764420000000 implements MigrationInterface {
  readonly name = 'IndexRareUsage1764420000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    const schema = migratedSchema(queryRunner);
    for (const [name, rest] of INDEXES) {
      const [table] = name.split('__');
      await queryRunner.query(`CREATE INDEX ${name.replace('__', '_')} ON ${schema}.${table} ${rest}`);
    }
    // Rows are added to all day long: with room beside them that touches no index.
    await queryRunner.query(`ALTER TABLE ${schema}.usage_rollup SET (fillfactor = 80)`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    const schema = migratedSchema(queryRunner);
    await queryRunner.query(`ALTER TABLE ${schema}.usage_rollup RESET (fillfactor)`);
    for (const [name] of INDEXES) await queryRunner.query(`DROP INDEX ${schema}.${name.replace('__', '_')}`);
  }
}

/** `<table>__<what>_idx`, and what follows the name of the table. Whatever most records do not have costs those nothing. */
const INDEXES: readonly (readonly [name: string, rest: string])[] = [
  ['usage_record__team_request_id_idx', '(team, request_id) WHERE team IS NOT NULL'],
  ['usage_record__organization_request_id_idx', '(organization, request_id) WHERE organization IS NOT NULL'],
  ['usage_record__end_user_request_id_idx', '(end_user, request_id) WHERE end_user IS NOT NULL'],
  ['usage_record__status_request_id_idx', `(status, request_id) WHERE status <> 'completed'`],
  // Rollups of a day stand together.
  ['usage_rollup__day_idx', 'USING brin (day)'],
  ['usage_rollup__team_day_idx', '(team, day) WHERE team IS NOT NULL'],
  ['api_key__disabled_idx', '(created_at, id) WHERE disabled_at IS NOT NULL AND revoked_at IS NULL'],
  ['api_key__revoked_idx', '(created_at, id) WHERE revoked_at IS NOT NULL'],
  ['api_key__expires_at_idx', '(expires_at) WHERE expires_at IS NOT NULL'],
];
