import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { callContext } from '../../../test/support/calls.js';
import { usageRecord } from '../../../test/support/usage-records.js';
import { GatewayError } from '../../errors/gateway-error.js';
import { UpstreamError } from '../../errors/upstream-error.js';
import { Attempt, type AttemptTarget } from '../../events/attempt.js';
import { type CallContext } from '../../events/call-context.js';
import {
  CallRefused,
  CircuitOpened,
  ExtensionFailed,
  GuardrailTriggered,
  ProviderKeySetAside,
} from '../../events/gateway-events.js';
import { GatewayEventBus } from '../../events/gateway-event-bus.js';
import { MetricsRead } from '../../events/metrics-read.js';
import { resolveObservability } from '../../observability.settings.js';
import { type MetricsOptions } from '../../observability.options.js';
import { NO_TOKENS } from '../../protocol/token-usage.js';
import { BudgetThresholdReached } from '../budget-threshold-reached.event.js';
import { type UsageRecord } from '../usage-record.js';
import { UsageRecorded } from '../usage-recorded.event.js';
import { MetricsService } from './metrics.service.js';
import { MetricsSubscriber } from './metrics.subscriber.js';

const TARGET: AttemptTarget = { id: 'p/m', providerName: 'p', model: 'm', upstreamModel: 'm' };
const ALERT: BudgetThresholdReached['alert'] = {
  id: 'a',
  budget: 'monthly',
  kind: 'team',
  subject: 'search',
  threshold: 80,
  windowStart: new Date(0),
  windowEnd: null,
  limit: 10n,
  spent: 8n,
  raisedAt: new Date(0),
};
const OTHER_TARGET: AttemptTarget = { id: 'q/m', providerName: 'q', model: 'm', upstreamModel: 'm' };

function start(metrics: MetricsOptions = { enabled: true }, registry?: Registry) {
  const bus = new GatewayEventBus();
  const service = new MetricsService(bus, registry);
  const subscriber = new MetricsSubscriber({ observability: resolveObservability({ metrics }) }, bus, service);
  subscriber.onModuleInit();
  const lines = async (name: string): Promise<string[]> =>
    (await service.registry.metrics()).split('\n').filter((line) => line.startsWith(`nestgate_${name}`));
  return { bus, service, subscriber, lines };
}

function callAt(...attempts: [AttemptTarget, GatewayError?][]): CallContext {
  const call = callContext({ candidates: [TARGET] });
  for (const [target, error] of attempts) {
    const attempt = new Attempt(target);
    attempt.end(error);
    call.attempts.push(attempt);
  }
  return call;
}

const record = (changes: Partial<UsageRecord> = {}): UsageRecord =>
  usageRecord({ operation: 'chat', provider: 'p', model: 'm', firstChunkMs: null, durationMs: 50, ...changes });

describe('MetricsSubscriber', () => {
  it('counts calls by what became of them, with their time', async () => {
    const { bus, lines } = start();
    bus.emit(new UsageRecorded(callAt([TARGET]), record()));
    bus.emit(new UsageRecorded(callAt([TARGET]), record({ firstChunkMs: 30 })));
    const failed = { status: 'failed', httpStatus: 502, errorCode: 'upstream_error', grade: 'none' } as const;
    bus.emit(new UsageRecorded(callAt([TARGET]), record(failed)));
    expect(await lines('calls_total')).toEqual([
      'nestgate_calls_total{operation="chat",model="m",provider="p",outcome="completed",status="2xx",error_type=""} 2',
      'nestgate_calls_total{operation="chat",model="m",provider="p",outcome="failed",status="5xx",error_type="upstream_error"} 1',
    ]);
    const completed = 'operation="chat",model="m",provider="p",outcome="completed"';
    expect(await lines('call_duration_seconds')).toEqual(
      expect.arrayContaining([
        `nestgate_call_duration_seconds_bucket{le="0.04",${completed}} 0`,
        `nestgate_call_duration_seconds_bucket{le="0.08",${completed}} 2`,
        `nestgate_call_duration_seconds_sum{${completed}} 0.1`,
      ]),
    );
    expect(await lines('call_first_chunk_seconds_count')).toEqual([
      'nestgate_call_first_chunk_seconds_count{operation="chat",model="m",provider="p"} 1',
    ]);
  });

  it('counts tokens by bucket and side, and what they cost', async () => {
    const { bus, lines } = start();
    const tokens = { ...NO_TOKENS, inputUncached: 5, cacheRead: 3, output: 2, reasoning: 1 };
    bus.emit(new UsageRecorded(callAt([TARGET]), record({ tokens, cost: 1_500_000_000_000n })));
    bus.emit(new UsageRecorded(callAt([TARGET]), record({ tokens, cost: 250_000_000_000n })));
    bus.emit(new UsageRecorded(callAt([TARGET]), record({ tokens, cost: null })));
    // Nobody took it: there is nothing to have a price.
    bus.emit(new UsageRecorded(callAt(), record({ tokens, cost: null, grade: 'none' })));
    const call = 'operation="chat",model="m",provider="p"';
    expect(await lines('tokens_total')).toEqual([
      `nestgate_tokens_total{${call},direction="input",bucket="uncached"} 15`,
      `nestgate_tokens_total{${call},direction="input",bucket="cache_read"} 9`,
      `nestgate_tokens_total{${call},direction="output",bucket="text"} 6`,
      `nestgate_tokens_total{${call},direction="output",bucket="reasoning"} 3`,
    ]);
    expect(await lines('cost_usd_total')).toEqual([`nestgate_cost_usd_total{${call}} 1.75`]);
    expect(await lines('unpriced_calls_total')).toEqual([`nestgate_unpriced_calls_total{${call}} 1`]);
  });

  it('counts tries, tries again, and tries elsewhere', async () => {
    const { bus, lines } = start();
    const busy = new UpstreamError('upstream_timeout');
    const call = callAt([TARGET, busy], [TARGET, busy], [OTHER_TARGET]);
    call.passedOver = [{ target: TARGET, reason: 'lacks_tools' }];
    bus.emit(new UsageRecorded(call, record({ provider: 'q' })));
    expect(await lines('attempts_total')).toEqual([
      'nestgate_attempts_total{model="m",provider="p",error_type="upstream_timeout"} 2',
      'nestgate_attempts_total{model="m",provider="q",error_type=""} 1',
    ]);
    expect(await lines('retries_total')).toEqual(['nestgate_retries_total{model="m",provider="p"} 1']);
    expect(await lines('fallbacks_total')).toEqual(['nestgate_fallbacks_total{model="m",provider="q"} 1']);
    expect(await lines('passed_over_total')).toEqual([
      'nestgate_passed_over_total{model="m",provider="p",reason="lacks_tools"} 1',
    ]);
  });

  it('counts refusals, answers and failures of extensions', async () => {
    const { bus, lines } = start();
    const call = callAt();
    bus.emit(new CallRefused(call, new GatewayError('request_refused')));
    bus.emit(new ExtensionFailed(call, 'curfew', 'onRequest', new Error('a bug')));
    bus.emit(new UsageRecorded(call, record({ answeredBy: 'cache', grade: 'none', provider: null })));
    expect(await lines('refusals_total')).toEqual([
      'nestgate_refusals_total{operation="chat",error_type="request_refused"} 1',
    ]);
    expect(await lines('extension_failures_total')).toEqual([
      'nestgate_extension_failures_total{extension="curfew",hook="onRequest"} 1',
    ]);
    expect(await lines('extension_answers_total')).toEqual(['nestgate_extension_answers_total{extension="cache"} 1']);
    expect(await lines('calls_total')).toEqual([
      'nestgate_calls_total{operation="chat",model="m",provider="",outcome="completed",status="2xx",error_type=""} 1',
    ]);
  });

  it('counts circuits that open, keys set aside, and thresholds of budgets', async () => {
    const { bus, lines } = start();
    bus.emit(new CircuitOpened(TARGET, 5_000, new GatewayError('server_error')));
    bus.emit(new ProviderKeySetAside('p', 0));
    bus.emit(new BudgetThresholdReached(ALERT));
    expect(await lines('circuit_openings_total')).toEqual([
      'nestgate_circuit_openings_total{model="m",provider="p"} 1',
    ]);
    expect(await lines('provider_keys_set_aside_total')).toEqual([
      'nestgate_provider_keys_set_aside_total{provider="p"} 1',
    ]);
    expect(await lines('budget_thresholds_total')).toEqual([
      'nestgate_budget_thresholds_total{budget="monthly",threshold="80"} 1',
    ]);
  });

  it('asks for what others keep, anew each time', async () => {
    const { bus, lines } = start();
    let pending = 7;
    bus.on(MetricsRead, (read) => {
      read.tell('usage_records_pending', pending);
      read.tell('usage_records_written_total', 40);
    });
    expect(await lines('usage_records_')).toEqual([
      'nestgate_usage_records_pending 7',
      'nestgate_usage_records_written_total 40',
      'nestgate_usage_records_lost_total 0',
    ]);
    pending = 2;
    expect(await lines('usage_records_')).toEqual([
      'nestgate_usage_records_pending 2',
      'nestgate_usage_records_written_total 40',
      'nestgate_usage_records_lost_total 0',
    ]);
  });

  it('has no label that callers or providers could fill with as much as they like', async () => {
    const { bus, lines } = start({ enabled: true, keys: 2 });
    for (let at = 0; at < 1_000; at++) {
      const target = { ...TARGET, id: `p/m${at}`, model: `m${at}` };
      const call = callAt([at % 2 === 0 ? target : { ...target, isUnlisted: true }]);
      bus.emit(
        new UsageRecorded(
          call,
          record({ model: `m${at}`, keyName: `key-${at}`, errorCode: `code-${at}`, status: 'failed', httpStatus: 500 }),
        ),
      );
    }
    const calls = await lines('calls_total');
    const values = (label: string): Set<string | undefined> =>
      new Set(calls.map((line) => new RegExp(`${label}="([^"]*)"`).exec(line)?.[1]));
    expect(values('key')).toEqual(new Set(['key-0', 'key-1', 'other']));
    expect(values('error_type').size).toBe(101);
    expect([...values('model')].filter((name) => Number(name?.slice(1)) % 2 === 1)).toEqual([]);
    expect(values('model')).toContain('other');
    expect(calls.map((line) => Number(line.split(' ').at(-1))).reduce((sum, one) => sum + one, 0)).toBe(1_000);
  });

  it('counts what guardrails have found, and not what it was', async () => {
    const { bus, lines } = start();
    const kinds = new Map([
      ['email', 2],
      ['phone', 1],
    ]);
    bus.emit(new GuardrailTriggered(callAt(), 'personal', 'request', 'mask', kinds));
    expect(await lines('guardrail_findings_total')).toEqual([
      'nestgate_guardrail_findings_total{guardrail="personal",side="request",action="mask"} 3',
    ]);
  });

  it('counts nothing unless switched on, and no longer once the application has stopped', async () => {
    const off = start({});
    expect(off.bus.hasListener(UsageRecorded)).toBe(false);
    expect(await off.service.render()).toBe('\n');
    const stopped = start();
    stopped.subscriber.onApplicationShutdown();
    for (const event of [UsageRecorded, CallRefused, ExtensionFailed, GuardrailTriggered]) {
      expect(stopped.bus.hasListener(event)).toBe(false);
    }
  });

  it('tells of the process too, but not in a registry of the host’s', async () => {
    expect(await start().service.render()).toMatch(/^nodejs_eventloop_lag_p99_seconds /m);
    const registry = new Registry();
    const { bus, service } = start({ enabled: true }, registry);
    bus.emit(new UsageRecorded(callAt([TARGET]), record()));
    expect(service.registry).toBe(registry);
    expect(await service.render()).toBe(await registry.metrics());
    expect(await service.render()).toContain('nestgate_calls_total{');
    expect(await service.render()).not.toContain('nodejs_eventloop');
  });
});
