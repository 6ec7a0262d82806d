import { Injectable, type OnModuleInit } from '@nestjs/common';
import { GatewayError } from '../../errors/gateway-error.js';
import { type AttemptTarget } from '../../events/attempt.js';
import { type CallContext } from '../../events/call-context.js';
import { type DeploymentGate, DeploymentGates } from '../../events/deployment-gates.js';
import { type JournalSegment } from './journal/journal-segment.js';
import { UsageJournal } from './usage-journal.js';
import { UsageRecordWriter } from './usage-record-writer.js';

/** Sees that each call is in the journal before it is sent to a provider. */
@Injectable()
export class DispatchJournal implements DeploymentGate, OnModuleInit {
  constructor(
    private readonly journal: UsageJournal,
    private readonly writer: UsageRecordWriter,
    private readonly gates: DeploymentGates,
  ) {}

  /** No gate where there is no journal: it would be asked before every try. */
  onModuleInit(): void {
    if (!this.journal.isOn) return;
    this.gates.add(this);
    this.journal.open();
  }

  /** @throws GatewayError `usage_store_unavailable` where nobody would know of it. */
  enter(call: CallContext, target: AttemptTarget): undefined | Promise<undefined> {
    // Another try at the same deployment says nothing new.
    if (call.lastAttempt?.target === target) return undefined;
    const written = this.journal.dispatched(call, target);
    return written === undefined ? this.check(undefined) : written.then(this.check);
  }

  private readonly check = (segment: JournalSegment | undefined): undefined => {
    if (segment !== undefined || !this.writer.isClosed) return undefined;
    throw new GatewayError('usage_store_unavailable', { retryAfter: 1, shouldRetry: true });
  };
}
