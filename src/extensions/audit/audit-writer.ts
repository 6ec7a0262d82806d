import { Inject, Injectable, Logger, Optional } from '@nestjs/common';
import { ConfigurationError } from '../../errors/configuration-error.js';
import { GATEWAY_SETTINGS, type GatewaySettings } from '../../gateway.settings.js';
import { type AuditSettings } from '../../observability.settings.js';
import { BatchWriter } from '../batch-writer.js';
import { type AuditEntry } from './audit-entry.js';
import { AuditEntryRepository } from './audit-entry.repository.js';
import { AuditSink } from './audit-sink.js';
import { FileAuditSink } from './file-audit-sink.js';

const MAX_BATCH = 200;
const MAX_WAITING = 10_000;
/** Bytes of bodies that may wait. */
const MAX_WAITING_BYTES = 64 * 1024 * 1024;

/** Brings audit entries to their sink. */
@Injectable()
export class AuditWriter extends BatchWriter<AuditEntry> {
  /** `undefined` where there is no audit. */
  private readonly sink: Pick<AuditSink, 'write'> | undefined;

  constructor(
    @Inject(GATEWAY_SETTINGS) settings: Pick<GatewaySettings, 'observability'>,
    @Optional() @Inject(AuditSink) own: AuditSink | null = null,
    @Optional() repository?: AuditEntryRepository,
  ) {
    const { audit } = settings.observability;
    const options = { what: 'audit entries', where: 'their sink', maxBatch: MAX_BATCH, maxWaiting: maxWaiting(audit) };
    super(options, new Logger(AuditWriter.name));
    this.sink = own ?? sinkOf(audit, repository);
  }

  get isOn(): boolean {
    return this.sink !== undefined;
  }

  add(entry: AuditEntry): void {
    if (this.isFull) this.lose();
    else this.push(entry);
  }

  protected override async write(batch: readonly AuditEntry[]): Promise<void> {
    await this.sink?.write(batch);
  }
}

function maxWaiting({ bodies, bodyBytes }: AuditSettings): number {
  return bodies ? Math.min(MAX_WAITING, Math.floor(MAX_WAITING_BYTES / (2 * bodyBytes))) : MAX_WAITING;
}

function sinkOf(
  { sink, file }: AuditSettings,
  repository: AuditEntryRepository | undefined,
): Pick<AuditSink, 'write'> | undefined {
  if (sink === 'file' && file !== undefined) return new FileAuditSink(file);
  if (sink !== 'database') return undefined;
  if (repository === undefined) {
    const remedy = 'export an AuditEntryRepository from it, or use the sink file';
    throw new ConfigurationError('audit.sink', 'names the database, and the storage module keeps no audit', remedy);
  }
  return { write: (entries) => repository.insertAll(entries) };
}
