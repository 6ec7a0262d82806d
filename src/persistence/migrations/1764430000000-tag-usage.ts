import { type MigrationInterface, type QueryRunner } from 'typeorm';
import { migratedSchema } from '../schema-name.js';

/** Keeps what a client files its calls under. */
export class TagUsage1764430000000 implements MigrationInterface {
  readonly name = 'TagUsage1764430000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE ${migratedSchema(queryRunner)}.usage_record ADD tag text`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE ${migratedSchema(queryRunner)}.usage_record DROP tag`);
  }
}
