import { type MigrationInterface, type QueryRunner } from 'typeorm';
import { migratedSchema } from '../schema-name.js';

/** What each token of an administrator may. */
export class ScopeAdminTokens1764380000000 implements MigrationInterface {
  readonly name = 'ScopeAdminTokens1764380000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    const table = `${migratedSchema(queryRunner)}.admin_token`;
    await queryRunner.query(`ALTER TABLE ${table} ADD role text, ADD scopes text[], ADD granted_by text`);
    // Until now a token was good for everything.
    await queryRunner.query(`UPDATE ${table} SET role = 'owner'`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    const table = `${migratedSchema(queryRunner)}.admin_token`;
    // Where there are no scopes, they would be good for everything.
    await queryRunner.query(`UPDATE ${table} SET disabled_at = now()
      WHERE role IS DISTINCT FROM 'owner' AND disabled_at IS NULL`);
    await queryRunner.query(`ALTER TABLE ${table} DROP role, DROP scopes, DROP granted_by`);
  }
}
