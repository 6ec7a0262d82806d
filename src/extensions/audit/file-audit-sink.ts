import { appendFile } from 'node:fs/promises';
import { type AuditEntry } from './audit-entry.js';
import { AuditSink } from './audit-sink.js';

/** For the gateway's user alone. */
const MODE = 0o600;

/** Appends a line of JSON for each entry. The file is opened for each batch: whoever rotates it need not tell. */
export class FileAuditSink extends AuditSink {
  constructor(private readonly path: string) {
    super();
  }

  async write(entries: readonly AuditEntry[]): Promise<void> {
    const lines = entries.map((entry) => `${JSON.stringify(entry)}\n`).join('');
    await appendFile(this.path, lines, { mode: MODE });
  }
}
