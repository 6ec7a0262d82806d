import { AggregatorRegistry, Registry } from 'prom-client';
import { RemoteRateLimiter } from './remote-rate-limiter.js';
import { type MetricsOfProcess, type PrimaryMessage, type WorkerMessage } from './worker-messages.js';

/** Set for the one worker that has the administration's port. */
export const LEADER_VARIABLE = 'NESTGATE_WORKER_LEADER';

export interface WorkerEvents {
  /** The primary process wants this one to end. */
  onStop(): void;
  /** The primary process is gone. */
  onAlone(): void;
  /** All workers are there for the first time. */
  onComplete(): void;
}

/** What a worker of several has of the others, by way of the primary process. */
export class WorkerLink {
  readonly limiter = new RemoteRateLimiter((told) => this.send({ kind: 'limits', ...told }));
  readonly isLeader: boolean;
  private readonly readers = new Map<number, (metrics: readonly MetricsOfProcess[]) => void>();
  private asked = 0;
  private collect: () => Promise<MetricsOfProcess> = () => Promise.resolve([]);

  /** @param worker this process */
  constructor(
    private readonly worker: Pick<NodeJS.Process, 'send' | 'on' | 'env'>,
    { onStop, onAlone, onComplete }: WorkerEvents,
  ) {
    this.isLeader = worker.env[LEADER_VARIABLE] === '1';
    worker.on('message', (message: PrimaryMessage) => {
      if (message.kind === 'stop') onStop();
      else if (message.kind === 'complete') onComplete();
      else this.hear(message);
    });
    worker.on('disconnect', () => {
      this.limiter.cut();
      onAlone();
    });
  }

  /** The server is there. @param collect tells the metrics of this process. */
  ready(collect: () => Promise<MetricsOfProcess>): void {
    this.collect = collect;
    this.send({ kind: 'ready' });
  }

  /** The metrics of all workers, summed up, in Prometheus's text format. */
  async renderMetrics(): Promise<string> {
    const number = ++this.asked;
    const metrics = await new Promise<readonly MetricsOfProcess[]>((resolve) => {
      this.readers.set(number, resolve);
      this.send({ kind: 'read-metrics', number });
    });
    const sum: Registry = AggregatorRegistry.aggregate(metrics.map((ofProcess) => [...ofProcess]));
    return await sum.metrics();
  }

  private hear(message: Exclude<PrimaryMessage, { kind: 'stop' | 'complete' }>): void {
    switch (message.kind) {
      case 'decisions':
        this.limiter.take(message.decisions);
        break;
      case 'collect-metrics': {
        const { number } = message;
        // Who tells nothing is left out.
        void this.collect().then(
          (metrics) => this.send({ kind: 'metrics', number, metrics }),
          () => undefined,
        );
        break;
      }
      case 'metrics':
        this.readers.get(message.number)?.(message.metrics);
        this.readers.delete(message.number);
        break;
    }
  }

  private send(message: WorkerMessage): void {
    // What cannot be sent any more was for somebody who is gone.
    this.worker.send?.(message, undefined, undefined, () => undefined);
  }
}
