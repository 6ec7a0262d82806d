import { createHmac } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { Agent, request } from 'undici';
import { type BudgetWebhookOptions } from '../../budget.options.js';
import { GatewayEventBus } from '../../events/gateway-event-bus.js';
import { GATEWAY_SETTINGS, type GatewaySettings } from '../../gateway.settings.js';
import { type BudgetAlert, BudgetLedger } from './budget-ledger.js';
import { egressConnector } from '../../upstream/egress-connector.js';
import { BudgetThresholdReached } from '../budget-threshold-reached.event.js';

const TIMEOUT_MS = 5_000;
/** Milliseconds before each further try. All of them together end before another gateway would take the alert over. */
const PAUSES_MS = [1_000, 3_000];

/**
 * Tells of budgets that have reached a threshold: in the log, on the event bus and to webhooks. The ledger keeps what is
 * to be told, and gives each to one gateway.
 */
@Injectable()
export class BudgetAlerts {
  private readonly logger = new Logger(BudgetAlerts.name);
  private readonly closing = new AbortController();
  private readonly agent = new Agent({ connect: egressConnector('private', TIMEOUT_MS) });
  private delivering: Promise<void> | undefined;

  constructor(
    private readonly ledger: BudgetLedger,
    private readonly bus: GatewayEventBus,
    @Inject(GATEWAY_SETTINGS) private readonly settings: Pick<GatewaySettings, 'budgets' | 'budgetWebhooks'>,
  ) {}

  /** Begins to, if nobody is at it. */
  deliver(): void {
    this.delivering ??= this.deliverAll().finally(() => (this.delivering = undefined));
  }

  /** Gives up what has not been delivered: another gateway takes it over, or this one after its next start. */
  async close(): Promise<void> {
    this.closing.abort();
    await this.delivering;
    await this.agent.close();
  }

  private async deliverAll(): Promise<void> {
    try {
      for (;;) {
        const alerts = await this.ledger.takeAlerts();
        if (alerts.length === 0) return;
        await Promise.all(alerts.map((alert) => this.tell(alert)));
      }
    } catch (error) {
      if (!this.closing.signal.aborted) this.logger.warn(`Alerts of budgets wait (${String(error)})`);
    }
  }

  private async tell(alert: BudgetAlert): Promise<void> {
    const { budget, subject, threshold } = alert;
    this.logger.warn(
      `The budget ${budget} of ${subject} has reached ${threshold} %: ${usd(alert.spent)} of ${usd(alert.limit)} USD`,
    );
    this.bus.emit(new BudgetThresholdReached(alert));
    const own = this.settings.budgets.find(({ name }) => name === budget)?.webhooks ?? [];
    const body = JSON.stringify(messageOf(alert));
    await Promise.all([...this.settings.budgetWebhooks, ...own].map((webhook) => this.post(webhook, alert, body)));
    await this.ledger.closeAlert(alert.id);
  }

  private async post({ url, secret }: BudgetWebhookOptions, { id }: BudgetAlert, body: string): Promise<void> {
    const headers: Record<string, string> = { 'content-type': 'application/json', 'webhook-id': id };
    for (let tries = 0; ; tries++) {
      const { signal } = this.closing;
      const timestamp = String(Math.floor(Date.now() / 1000));
      headers['webhook-timestamp'] = timestamp;
      if (secret !== undefined) headers['webhook-signature'] = signatureOf(secret, `${id}.${timestamp}.${body}`);
      let problem: string;
      try {
        const answer = await request(url, {
          method: 'POST',
          headers,
          body,
          dispatcher: this.agent,
          signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
        });
        await answer.body.dump();
        if (answer.statusCode >= 200 && answer.statusCode < 300) return;
        problem = `status ${answer.statusCode}`;
      } catch (error) {
        signal.throwIfAborted();
        problem = error instanceof Error ? error.name : 'error';
      }
      const pause = PAUSES_MS[tries];
      if (pause === undefined) {
        // The address may hold a secret: its host says enough.
        this.logger.error(`The webhook at ${new URL(url).host} did not take the alert ${id} (${problem})`);
        return;
      }
      await sleep(pause, undefined, { signal });
    }
  }
}

/** As Standard Webhooks has it, with the secret as it is written. @see https://www.standardwebhooks.com */
function signatureOf(secret: string, signed: string): string {
  return `v1,${createHmac('sha256', secret).update(signed).digest('base64')}`;
}

function messageOf(alert: BudgetAlert): Record<string, unknown> {
  return {
    type: 'budget.threshold_reached',
    timestamp: alert.raisedAt.toISOString(),
    data: {
      budget: alert.budget,
      for: alert.kind,
      subject: alert.subject,
      threshold: alert.threshold,
      spent_usd: usd(alert.spent),
      limit_usd: usd(alert.limit),
      window_start: alert.windowStart.toISOString(),
      window_end: alert.windowEnd?.toISOString() ?? null,
    },
  };
}

/** Pico-USD as a decimal number, exactly. */
function usd(amount: bigint): string {
  const digits = String(amount).padStart(13, '0');
  const fraction = digits.slice(-12).replace(/0+$/, '');
  return fraction === '' ? digits.slice(0, -12) : `${digits.slice(0, -12)}.${fraction}`;
}
