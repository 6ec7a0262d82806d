import { describe, expect, it } from 'vitest';
import { PersistenceModule } from '../../src/persistence/persistence.module.js';
import { startAdministration } from '../support/administration.js';
import { oneProvider } from '../support/scene.js';
import { freshDatabase } from '../support/storages.js';

describe('a question about usage that takes longer than a statement may', () => {
  it('is answered with what to give', async () => {
    const database = await freshDatabase();
    const storage = PersistenceModule.forRoot({ url: database.url, poolSize: 4, statementTimeoutMs: 250 });
    const { gateway } = await oneProvider({ gateway: { storage } });
    const admin = await startAdministration(gateway.app);
    const other = await database.open();
    await other.transaction(async (on) => {
      // Nobody reads these for as long as this lasts.
      await on.query('LOCK TABLE nestgate.usage_record, nestgate.usage_by_day');
      for (const question of [
        'records?model=none',
        'totals?by=hour',
        'totals?by=model',
        'export',
        'export?format=ndjson',
      ]) {
        const { status, headers, json } = await admin.ask(`/admin/usage/${question}`);
        expect([question, status, json['code']]).toEqual([question, 400, 'range_required']);
        expect(headers.get('content-type')).toContain('application/problem+json');
        expect(json['detail']).toContain('give from and to');
      }
    });
    expect((await admin.ask('/admin/usage/records?model=none')).json).toEqual({ records: [], next: null });
  });
});
