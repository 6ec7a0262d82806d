import { describe, expect, it } from 'vitest';
import { MetricsService } from '../../src/extensions/metrics/metrics.service.js';
import { UsageRecordWriter } from '../../src/extensions/usage/usage-record-writer.js';
import { chat, CHAT_REQUEST, ChatClient } from '../support/chat-client.js';
import { chatStream, gate, json, openAiError } from '../support/fake-upstream.js';
import { oneProvider, twoProviders } from '../support/scene.js';

const METRICS = { metrics: { enabled: true } };

describe('metrics', () => {
  it('tell of the calls of a gateway, of its deployments and its cache', async () => {
    const { gateway, upstreams, watch } = await twoProviders({
      gateway: { ...METRICS, cache: {} },
      provider: { maxRetries: 0 },
    });
    upstreams[0].always(openAiError(503, 'away'));
    upstreams[1].next(chatStream(['Hello']));
    await chat(gateway, { ...CHAT_REQUEST, stream: true });
    await chat(gateway);
    await chat(gateway);
    await watch.allOver();
    await gateway.app.get(UsageRecordWriter, { strict: false }).flush();
    const lines = (await gateway.app.get(MetricsService, { strict: false }).render()).split('\n');
    const expected = [
      'nestgate_calls_total{operation="chat",model="model",provider="second",outcome="completed",status="2xx",error_type=""} 2',
      'nestgate_calls_total{operation="chat",model="model",provider="",outcome="completed",status="2xx",error_type=""} 1',
      'nestgate_call_first_chunk_seconds_count{operation="chat",model="model",provider="second"} 1',
      'nestgate_tokens_total{operation="chat",model="model",provider="second",direction="input",bucket="uncached"} 22',
      'nestgate_tokens_total{operation="chat",model="model",provider="second",direction="output",bucket="text"} 14',
      'nestgate_unpriced_calls_total{operation="chat",model="model",provider="second"} 2',
      'nestgate_fallbacks_total{model="model",provider="second"} 2',
      'nestgate_extension_answers_total{extension="cache"} 1',
      'nestgate_cache_hits_total 1',
      'nestgate_cache_misses_total 2',
      'nestgate_calls_in_flight 0',
      'nestgate_upstream_tries_in_flight{provider="second"} 0',
      'nestgate_usage_records_pending 0',
      'nestgate_usage_records_written_total 3',
    ];
    for (const line of expected) expect(lines).toContain(line);
  });

  it('tell what is under way', async () => {
    const { gateway, upstreams, watch } = await oneProvider({ gateway: METRICS });
    const { passed, open } = gate();
    upstreams[0].next(async (seen) => {
      await passed;
      json({})(seen);
    });
    const client = new ChatClient(gateway, CHAT_REQUEST);
    await upstreams[0].request(0);
    const text = await gateway.app.get(MetricsService, { strict: false }).render();
    expect(text).toContain('nestgate_calls_in_flight 1\n');
    expect(text).toContain('nestgate_upstream_tries_in_flight{provider="first"} 1\n');
    open();
    await client.waitFor(({ isOver }) => isOver);
    await watch.allOver();
  });
});
