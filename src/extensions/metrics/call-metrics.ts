import { type AttemptTarget } from '../../events/attempt.js';
import { type CallContext } from '../../events/call-context.js';
import { type TokenUsage } from '../../protocol/token-usage.js';
import { type UsageRecord } from '../usage-record.js';
import { type LabelValues } from './label-values.js';
import { type MetricFactory } from './metric-factory.js';
import { type Distribution, type TalliedHistogram } from './tallied-histogram.js';
import { type Tallies, type Tally } from './tallies.js';

/** @see https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-metrics/ for the bounds of both */
const DURATION_BUCKETS = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92];
const FIRST_CHUNK_BUCKETS = [0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

const PICO_USD = 1e12;

interface TokenBucket {
  readonly countOf: (tokens: TokenUsage) => number;
  /** The side that it counts to, and what it is called there. */
  readonly direction: 'input' | 'output';
  readonly label: string;
}

const TOKEN_BUCKETS: readonly TokenBucket[] = [
  { countOf: ({ inputUncached }) => inputUncached, direction: 'input', label: 'uncached' },
  { countOf: ({ cacheRead }) => cacheRead, direction: 'input', label: 'cache_read' },
  { countOf: ({ cacheWrite5m }) => cacheWrite5m, direction: 'input', label: 'cache_write_5m' },
  { countOf: ({ cacheWrite1h }) => cacheWrite1h, direction: 'input', label: 'cache_write_1h' },
  { countOf: ({ inputAudio }) => inputAudio, direction: 'input', label: 'audio' },
  { countOf: ({ output }) => output, direction: 'output', label: 'text' },
  { countOf: ({ reasoning }) => reasoning, direction: 'output', label: 'reasoning' },
  { countOf: ({ outputAudio }) => outputAudio, direction: 'output', label: 'audio' },
];

/** The series of one operation on one model at one provider, for one key where keys are told apart. */
interface CallSeries {
  /** By what became of the call. */
  readonly ends: Map<string, EndSeries>;
  /** Of those that end well, as most do. */
  completed: EndSeries | undefined;
  readonly firstChunk: Distribution;
  /** In the order of TOKEN_BUCKETS; made when they are first needed, most calls use two. */
  readonly tokens: (Tally | undefined)[];
  readonly cost: Tally;
  readonly unpriced: Tally;
  readonly labels: Readonly<Record<string, string>>;
  readonly key: { readonly key?: string };
}

interface EndSeries {
  readonly calls: Tally;
  readonly duration: Distribution;
}

/** The series that was counted last of those of a deployment. */
interface LastSeries {
  readonly operation: string;
  readonly keyName: string;
  readonly series: CallSeries;
}

/** Counts calls that are over, by their usage records. Labels are looked up once for each set of them. */
export class CallMetrics {
  private readonly calls: Tallies;
  private readonly duration: TalliedHistogram;
  private readonly firstChunk: TalliedHistogram;
  private readonly tokens: Tallies;
  private readonly cost: Tallies;
  private readonly unpriced: Tallies;
  private readonly series = new Map<string, CallSeries>();
  /** What is counted next is most often the same: its name need not be put together. */
  private readonly last = new WeakMap<AttemptTarget, LastSeries>();

  constructor(
    factory: MetricFactory,
    private readonly values: LabelValues,
  ) {
    const call = ['operation', 'model', 'provider'];
    const paid = values.hasKeys ? [...call, 'key'] : call;
    const end = [...paid, 'outcome', 'status', 'error_type'];
    this.calls = factory.tallies('calls_total', 'Calls that are over.', end);
    this.duration = factory.histogram(
      'call_duration_seconds',
      'From the request to the last byte of the answer.',
      [...call, 'outcome'],
      DURATION_BUCKETS,
    );
    this.firstChunk = factory.histogram(
      'call_first_chunk_seconds',
      'From the request to the first content of a stream.',
      call,
      FIRST_CHUNK_BUCKETS,
    );
    this.tokens = factory.tallies('tokens_total', 'Tokens used.', [...paid, 'direction', 'bucket']);
    this.cost = factory.tallies('cost_usd_total', 'What calls cost, where a price is known.', paid);
    this.unpriced = factory.tallies('unpriced_calls_total', 'Calls that used tokens and have no price.', call);
  }

  count(call: CallContext, record: UsageRecord): void {
    const series = this.seriesOf(call, record);
    const end = this.endOf(series, record);
    end.calls.value++;
    end.duration.add(record.durationMs / 1_000);
    if (record.firstChunkMs !== null) series.firstChunk.add(record.firstChunkMs / 1_000);
    if (record.grade === 'none') return;
    for (let at = 0; at < TOKEN_BUCKETS.length; at++) this.countTokens(series, record, at);
    if (record.cost === null) series.unpriced.value++;
    else series.cost.value += Number(record.cost) / PICO_USD;
  }

  private seriesOf(call: CallContext, record: UsageRecord): CallSeries {
    const { operation, keyName } = record;
    const tried = call.lastAttempt?.target;
    if (tried === undefined) return this.seriesFor(call.candidates[0], record);
    const last = this.last.get(tried);
    if (last?.operation === operation && (last.keyName === keyName || !this.values.hasKeys)) return last.series;
    const series = this.seriesFor(tried, record);
    this.last.set(tried, { operation, keyName, series });
    return series;
  }

  private seriesFor(target: AttemptTarget | undefined, record: UsageRecord): CallSeries {
    const model = this.values.model(target);
    const provider = record.provider ?? '';
    const key = this.values.key(record.keyName);
    const name = `${record.operation} ${provider} ${model} ${key.key ?? ''}`;
    const known = this.series.get(name);
    if (known !== undefined) return known;
    const labels = { operation: record.operation, model, provider };
    const series: CallSeries = {
      ends: new Map(),
      completed: undefined,
      firstChunk: this.firstChunk.with(labels),
      tokens: [],
      cost: this.cost.with({ ...labels, ...key }),
      unpriced: this.unpriced.with(labels),
      labels,
      key,
    };
    this.series.set(name, series);
    return series;
  }

  private endOf(series: CallSeries, record: UsageRecord): EndSeries {
    const { status, httpStatus, errorCode } = record;
    if (status !== 'completed' || httpStatus !== 200 || errorCode !== null) return this.endFor(series, record);
    return (series.completed ??= this.endFor(series, record));
  }

  private endFor(
    { ends, labels, key }: CallSeries,
    { status: outcome, httpStatus, errorCode }: UsageRecord,
  ): EndSeries {
    const error = this.values.errorType(errorCode);
    const name = `${outcome} ${httpStatus} ${error}`;
    const known = ends.get(name);
    if (known !== undefined) return known;
    const status = `${Math.trunc(httpStatus / 100)}xx`;
    const end = {
      calls: this.calls.with({ ...labels, ...key, outcome, status, error_type: error }),
      duration: this.duration.with({ ...labels, outcome }),
    };
    ends.set(name, end);
    return end;
  }

  private countTokens(series: CallSeries, { tokens }: UsageRecord, at: number): void {
    const bucket = TOKEN_BUCKETS[at];
    const count = bucket?.countOf(tokens) ?? 0;
    if (bucket === undefined || count <= 0) return;
    const { direction, label } = bucket;
    const tally = (series.tokens[at] ??= this.tokens.with({
      ...series.labels,
      ...series.key,
      direction,
      bucket: label,
    }));
    tally.value += count;
  }
}
