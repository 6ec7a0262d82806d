import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { type CallContext } from '../../events/call-context.js';
import { CallCompleted, CallFailed } from '../../events/gateway-events.js';
import { GatewayEventBus } from '../../events/gateway-event-bus.js';
import { MetricsRead } from '../../events/metrics-read.js';
import { PriceBook } from '../../pricing/price-book.js';
import { type UsageRecord } from '../usage-record.js';
import { UsageRecorded } from '../usage-recorded.event.js';
import { usageRecordOf } from './usage-of-call.js';
import { UsageJournal } from './usage-journal.js';
import { UsageRecordWriter } from './usage-record-writer.js';

/** Leaves one usage record for every admitted call. */
@Injectable()
export class UsageSubscriber implements OnModuleInit, OnApplicationShutdown {
  private stop: (() => void)[] = [];

  constructor(
    private readonly bus: GatewayEventBus,
    private readonly writer: UsageRecordWriter,
    private readonly prices: PriceBook,
    private readonly journal: UsageJournal,
  ) {}

  onModuleInit(): void {
    this.stop = [
      this.bus.on(CallCompleted, ({ call }) => this.record(call, usageRecordOf(call, this.prices, 'completed'))),
      this.bus.on(CallFailed, ({ call, error, isAborted }) =>
        this.record(call, usageRecordOf(call, this.prices, isAborted ? 'aborted' : 'failed', error)),
      ),
      this.bus.on(MetricsRead, (read) => {
        read.tell('usage_records_pending', this.writer.pending + this.journal.spilled);
        read.tell('usage_records_written_total', this.writer.written);
        read.tell('usage_records_lost_total', this.writer.lost);
        if (this.journal.isOn) this.tellOfJournal(read);
      }),
    ];
  }

  private record(call: CallContext, record: UsageRecord): void {
    call.recording = this.writer.add(record, call);
    if (this.bus.hasListener(UsageRecorded)) this.bus.emit(new UsageRecorded(call, record));
  }

  private tellOfJournal(read: MetricsRead): void {
    const { isWritable, bytes, replayed, interrupted, damaged } = this.journal;
    read.tell('usage_journal_writable', isWritable ? 1 : 0);
    read.tell('usage_journal_bytes', bytes);
    read.tell('usage_journal_replayed_total', replayed);
    read.tell('usage_journal_interrupted_total', interrupted);
    read.tell('usage_journal_damaged_total', damaged);
  }

  async onApplicationShutdown(): Promise<void> {
    for (const stop of this.stop) stop();
    await this.writer.close();
  }
}
