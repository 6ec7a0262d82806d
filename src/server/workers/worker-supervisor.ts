import cluster, { type Worker } from 'node:cluster';
import { Logger } from '@nestjs/common';
import { LimitKeeper } from './limit-keeper.js';
import { type MetricsOfProcess, type PrimaryMessage, type WorkerMessage } from './worker-messages.js';
import { LEADER_VARIABLE } from './worker-link.js';

/** One that ends sooner after its start is not replaced at once. */
const SHORT_LIFE_MS = 10_000;
const FIRST_PAUSE_MS = 500;
const MAX_PAUSE_MS = 10_000;
/** A worker that does not tell its metrics by then is left out. */
const METRICS_PATIENCE_MS = 2_000;

interface Collection {
  readonly metrics: MetricsOfProcess[];
  missing: number;
  done(): void;
}

/** A worker has ended before the server was there. */
export class WorkerStartFailure extends Error {
  override readonly name = 'WorkerStartFailure';

  /** @param exitCode of the worker, which has said what is the matter. */
  constructor(readonly exitCode: number) {
    super(`A worker ended with exit code ${exitCode} at the start`);
  }
}

/**
 * Runs the server in several processes that share its port, keeps what must be one for all of them, and replaces those
 * that die. One of them, the leader, has the administration's port and greets the operator.
 */
export class WorkerSupervisor {
  private readonly logger = new Logger(WorkerSupervisor.name);
  private readonly limits = new LimitKeeper();
  private readonly workers = new Map<number, Worker>();
  private readonly collections = new Map<number, Collection>();
  private collected = 0;
  private failures = 0;
  private isStopping = false;
  private allEnded: () => void = () => undefined;

  constructor(private readonly count: number) {}

  /** @throws WorkerStartFailure */
  async start(): Promise<void> {
    // What is told has times without end in it, which JSON has no number for.
    cluster.setupPrimary({ serialization: 'advanced' });
    await this.fork(true);
    await Promise.all(Array.from({ length: this.count - 1 }, () => this.fork(false)));
    for (const worker of this.workers.values()) this.send(worker, { kind: 'complete' });
  }

  /** Lets all of them finish their calls. */
  async stop(): Promise<void> {
    this.isStopping = true;
    const ended = new Promise<void>((resolve) => (this.allEnded = resolve));
    for (const worker of this.workers.values()) this.send(worker, { kind: 'stop' });
    if (this.workers.size > 0) await ended;
  }

  /** Settles when it is ready. */
  private fork(isLeader: boolean): Promise<void> {
    const startedAt = performance.now();
    const worker = cluster.fork({ [LEADER_VARIABLE]: isLeader ? '1' : '' });
    this.workers.set(worker.id, worker);
    return new Promise((resolve, reject) => {
      let isReady = false;
      worker.on('message', (message: WorkerMessage) => {
        if (message.kind === 'ready') {
          isReady = true;
          this.failures = 0;
          resolve();
        } else if (!worker.isDead()) this.hear(worker, message);
      });
      worker.on('error', (error) => this.logger.warn(`Worker ${worker.id} cannot be told anything (${String(error)})`));
      worker.on('exit', (code: number | null, signal: string | null) => {
        this.workers.delete(worker.id);
        // Not when it disconnects: of one that is killed that is not always told.
        this.limits.forget(worker.id);
        if (this.isStopping) {
          if (this.workers.size === 0) this.allEnded();
          resolve();
        } else if (!isReady) reject(new WorkerStartFailure(code ?? 1));
        else this.replace(worker, isLeader, performance.now() - startedAt, signal ?? `exit code ${code}`);
      });
    });
  }

  private replace({ id }: Pick<Worker, 'id'>, isLeader: boolean, lifeMs: number, cause: string): void {
    const pause = lifeMs < SHORT_LIFE_MS ? Math.min(FIRST_PAUSE_MS * 2 ** this.failures++, MAX_PAUSE_MS) : 0;
    this.logger.error(`Worker ${id} has ended (${cause}): another one takes its place in ${pause} ms`);
    setTimeout(() => {
      if (this.isStopping) return;
      const startedAt = performance.now();
      this.fork(isLeader).catch((error: unknown) =>
        this.replace({ id }, isLeader, performance.now() - startedAt, String(error)),
      );
    }, pause);
  }

  private hear(worker: Worker, message: Exclude<WorkerMessage, { kind: 'ready' }>): void {
    switch (message.kind) {
      case 'limits': {
        const decisions = this.limits.take(worker.id, message);
        if (decisions.length > 0) this.send(worker, { kind: 'decisions', decisions });
        break;
      }
      case 'read-metrics':
        this.collectMetrics(worker, message.number);
        break;
      case 'metrics': {
        const collection = this.collections.get(message.number);
        collection?.metrics.push(message.metrics);
        if (collection !== undefined && --collection.missing === 0) collection.done();
        break;
      }
    }
  }

  private collectMetrics(reader: Worker, number: number): void {
    const id = ++this.collected;
    const metrics: MetricsOfProcess[] = [];
    const done = (): void => {
      clearTimeout(late);
      this.collections.delete(id);
      this.send(reader, { kind: 'metrics', number, metrics });
    };
    const late = setTimeout(done, METRICS_PATIENCE_MS);
    this.collections.set(id, { metrics, missing: this.workers.size, done });
    for (const worker of this.workers.values()) this.send(worker, { kind: 'collect-metrics', number: id });
  }

  /** One that is about to end hears nothing any more. */
  private send(worker: Worker, message: PrimaryMessage): void {
    if (worker.isConnected()) worker.send(message);
  }
}
