import { Injectable, Logger } from '@nestjs/common';
import { BatchWriter } from '../batch-writer.js';
import { type UsageRecord } from '../usage-record.js';
import { encodeUsageRecord, type UsageRecordLine } from './usage-record.codec.js';
import { UsageRecordRepository } from './usage-record.repository.js';

const OPTIONS = { what: 'usage records', where: 'the database', maxBatch: 1_000, maxWaiting: 100_000 };

/** Brings usage records to the database. */
@Injectable()
export class UsageRecordWriter extends BatchWriter<UsageRecordLine> {
  constructor(private readonly repository: UsageRecordRepository) {
    super(OPTIONS, new Logger(UsageRecordWriter.name));
  }

  add(record: UsageRecord): void {
    // Encoded when they come: a line of text is one object to the garbage collector, a record a dozen, and those that
    // wait would be carried along by it.
    if (this.isFull) this.lose();
    else this.push(encodeUsageRecord(record));
  }

  protected override write(batch: readonly UsageRecordLine[]): Promise<void> {
    return this.repository.insertAll(batch);
  }
}
