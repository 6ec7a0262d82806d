import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { type GatewayError } from '../../errors/gateway-error.js';
import { type CallAnswer } from '../../events/call-answer.js';
import { type CallContext } from '../../events/call-context.js';
import { CallAdmitted, CallRefused } from '../../events/gateway-events.js';
import { GatewayEventBus } from '../../events/gateway-event-bus.js';
import { MetricsRead } from '../../events/metrics-read.js';
import { GATEWAY_SETTINGS, type GatewaySettings } from '../../gateway.settings.js';
import { UsageRecorded } from '../usage-recorded.event.js';
import { type AuditEntry } from './audit-entry.js';
import { AuditWriter } from './audit-writer.js';
import { answerText, requestText, shortened } from './body-text.js';
import { redactorOf } from './redaction.js';

/** The most of a stream that is kept to be put together: its framing is much longer than what it says. */
const MAX_STREAM_BYTES = 1024 * 1024;

type Outcome = Pick<AuditEntry, 'status' | 'httpStatus' | 'errorCode'>;

/** Leaves an entry for each call, and for each that an extension refused, where there is a sink for them. */
@Injectable()
export class AuditSubscriber implements OnModuleInit, OnApplicationShutdown {
  private readonly redact: (text: string) => string;
  private stop: (() => void)[] = [];

  constructor(
    @Inject(GATEWAY_SETTINGS) private readonly settings: Pick<GatewaySettings, 'observability'>,
    private readonly bus: GatewayEventBus,
    private readonly writer: AuditWriter,
  ) {
    this.redact = redactorOf(settings.observability.audit);
  }

  onModuleInit(): void {
    if (!this.writer.isOn) return;
    const { bodies } = this.settings.observability.audit;
    this.stop = [
      this.bus.on(CallAdmitted, ({ call }) => {
        // A connection that has closed still knows the other end where it was asked before.
        void call.client?.remoteAddress;
        if (bodies) call.keepAnswer(MAX_STREAM_BYTES);
      }),
      this.bus.on(UsageRecorded, ({ call, record }) => this.record(call, record)),
      this.bus.on(CallRefused, ({ call, error }) => this.record(call, refused(error))),
      this.bus.on(MetricsRead, (read) => {
        read.tell('audit_entries_pending', this.writer.pending);
        read.tell('audit_entries_written_total', this.writer.written);
        read.tell('audit_entries_lost_total', this.writer.lost);
      }),
    ];
  }

  async onApplicationShutdown(): Promise<void> {
    for (const stop of this.stop) stop();
    // The entries of the last turn, see below.
    await new Promise((resolve) => setImmediate(resolve));
    await this.writer.close();
  }

  private record(call: CallContext, outcome: Outcome): void {
    const entry = entryOf(call, outcome);
    if (!this.settings.observability.audit.bodies) {
      this.writer.add(entry);
      return;
    }
    // Looking through bodies takes its time: not before the last byte of the answer is on its way.
    const { body, answer } = call;
    const request = requestText(body, this.settings.observability.audit.bodyBytes);
    setImmediate(() =>
      this.writer.add({ ...entry, requestBody: this.shorten(request), responseBody: this.answerOf(answer) }),
    );
  }

  private answerOf(answer: CallAnswer | undefined): string | null {
    if (answer === undefined) return null;
    return this.shorten(answerText(answer, this.settings.observability.audit.bodyBytes));
  }

  private shorten(text: string): string {
    return shortened(text, this.settings.observability.audit.bodyBytes, this.redact);
  }
}

function entryOf(call: CallContext, { status, httpStatus, errorCode }: Outcome): AuditEntry {
  const { principal, lastAttempt } = call;
  return {
    requestId: call.requestId,
    at: new Date(call.startedAt),
    keyId: principal.keyId,
    keyName: principal.keyName,
    team: principal.settings.team ?? null,
    organization: principal.settings.organization ?? null,
    endUser: call.endUser,
    clientAddress: call.client?.remoteAddress ?? null,
    operation: call.operation.name,
    model: call.requestModel,
    deployment: lastAttempt?.target.id ?? null,
    answeredBy: call.answeredBy,
    status,
    httpStatus,
    errorCode,
    durationMs: call.elapsed(),
    requestBody: null,
    responseBody: null,
  };
}

function refused(error: GatewayError): Outcome {
  return { status: 'refused', httpStatus: error.status, errorCode: error.code ?? error.type };
}
