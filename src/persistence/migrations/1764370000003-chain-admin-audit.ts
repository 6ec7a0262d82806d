import { type MigrationInterface, type QueryRunner } from 'typeorm';
import { chained, ORIGIN } from '../../admin/audit-chain.js';
import { type ChainEnd } from '../../admin/admin-audit.repository.js';
import { migratedSchema } from '../schema-name.js';

interface Row {
  readonly requestId: string;
  readonly at: Date;
  readonly tokenId: string | null;
  readonly tokenName: string;
  readonly action: string;
  readonly target: string | null;
  readonly details: Record<string, unknown>;
}

/** Chains the lines of the audit log, those that are there too. */
export class ChainAdminAudit1764370000003 implements MigrationInterface {
  readonly name = 'ChainAdminAudit1764370000003';

  async up(queryRunner: QueryRunner): Promise<void> {
    const table = `${migratedSchema(queryRunner)}.admin_audit`;
    await queryRunner.query(`ALTER TABLE ${table} ADD number bigint, ADD previous_hash bytea, ADD hash bytea`);
    await queryRunner.query(`ALTER TABLE ${table} DISABLE TRIGGER admin_audit_append_only`);
    await chainAll(queryRunner, table);
    await queryRunner.query(`ALTER TABLE ${table} ENABLE TRIGGER admin_audit_append_only`);
    await queryRunner.query(`
      ALTER TABLE ${table}
        ALTER number SET NOT NULL,
        ALTER previous_hash SET NOT NULL,
        ALTER hash SET NOT NULL,
        ADD CONSTRAINT admin_audit_number_key UNIQUE (number)`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    const table = `${migratedSchema(queryRunner)}.admin_audit`;
    await queryRunner.query(`ALTER TABLE ${table} DROP number, DROP previous_hash, DROP hash`);
  }
}

async function chainAll(queryRunner: QueryRunner, table: string): Promise<void> {
  const rows = (await queryRunner.query(
    `SELECT request_id AS "requestId", at, token_id AS "tokenId", token_name AS "tokenName", action, target, details
       FROM ${table} ORDER BY at, request_id`,
  )) as Row[];
  let end: ChainEnd = ORIGIN;
  for (const { at, tokenId, tokenName, ...entry } of rows) {
    const link = chained({ ...entry, administrator: { tokenId, name: tokenName } }, end, at);
    await queryRunner.query(`UPDATE ${table} SET number = $1, previous_hash = $2, hash = $3 WHERE request_id = $4`, [
      link.number,
      link.previousHash,
      link.hash,
      link.requestId,
    ]);
    end = link;
  }
}
