import { type Context } from '@opentelemetry/api';
import { type ReadableSpan, type SpanExporter, type SpanProcessor } from '@opentelemetry/sdk-trace-base';

const MAX_WAITING = 4_096;
/** `ExportResultCode.SUCCESS`, of a package that is not ours to import. */
const SUCCESS = 0;

type Span = Parameters<SpanProcessor['onStart']>[0];

/** Hands spans to a batch processor, and counts those that never arrived: the SDK itself drops them without a word. */
export class BoundedSpanQueue implements SpanProcessor {
  private readonly inner: SpanProcessor;
  private waiting = 0;
  private droppedCount = 0;
  private isOver = false;

  /** @param batch makes the processor that exports by what it is given, and keeps so many spans waiting. */
  constructor(exporter: SpanExporter, batch: (exporter: SpanExporter, size: number) => SpanProcessor) {
    this.inner = batch(this.counting(exporter), MAX_WAITING);
  }

  get dropped(): number {
    return this.droppedCount;
  }

  onStart(span: Span, parent: Context): void {
    this.inner.onStart(span, parent);
  }

  onEnd(span: ReadableSpan): void {
    // TraceFlags.SAMPLED: others are not exported, and take no room.
    if ((span.spanContext().traceFlags & 1) === 0) return;
    if (this.waiting >= MAX_WAITING) {
      this.droppedCount++;
      return;
    }
    this.waiting++;
    this.inner.onEnd(span);
  }

  /** Counts what is still waiting as dropped. */
  giveUp(): void {
    this.droppedCount += this.waiting;
    this.waiting = 0;
    this.isOver = true;
  }

  forceFlush(): Promise<void> {
    return this.inner.forceFlush();
  }

  shutdown(): Promise<void> {
    return this.inner.shutdown();
  }

  private counting(exporter: SpanExporter): SpanExporter {
    return {
      export: (spans, done) =>
        exporter.export(spans, (result) => {
          if (!this.isOver) {
            this.waiting -= spans.length;
            const code: number = result.code;
            if (code !== SUCCESS) this.droppedCount += spans.length;
          }
          done(result);
        }),
      forceFlush: () => exporter.forceFlush?.() ?? Promise.resolve(),
      shutdown: () => exporter.shutdown(),
    };
  }
}
