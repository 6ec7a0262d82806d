import { Logger } from '@nestjs/common';
import {
  type AnswerLookup,
  type AnswerPlace,
  AnswerStore,
  type CachedAnswer,
  type CacheScope,
  NOT_KNOWN,
} from './answer-store.js';

const TIMEOUT_MS = 1_000;
const MILLISECONDS_BETWEEN_WARNINGS = 60_000;

/** Stands before a store of the host's: what goes wrong in there, or takes long, is a miss. */
export class HostAnswerStore extends AnswerStore {
  private readonly logger = new Logger('Cache');
  /** Of the monotonic clock, when a failure was last told of. */
  private toldAt = -Infinity;

  constructor(private readonly store: AnswerStore) {
    super();
  }

  override async find(place: AnswerPlace): Promise<AnswerLookup> {
    try {
      return await inTime(this.store.find(place));
    } catch (error) {
      this.tell(error);
      return NOT_KNOWN;
    }
  }

  override async keep(place: AnswerPlace, epoch: string, answer: CachedAnswer, ttl: number): Promise<void> {
    try {
      await this.store.keep(place, epoch, answer, ttl);
    } catch (error) {
      this.tell(error);
    }
  }

  override clear(scope: CacheScope): void | Promise<void> {
    return this.store.clear(scope);
  }

  private tell(error: unknown): void {
    const now = performance.now();
    if (now - this.toldAt < MILLISECONDS_BETWEEN_WARNINGS) return;
    this.toldAt = now;
    const message = error instanceof Error ? error.message : String(error);
    this.logger.warn(`The store of answers has failed, going on without it: ${message}`);
  }
}

async function inTime<Result>(pending: Result | Promise<Result>): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${TIMEOUT_MS} ms`)), TIMEOUT_MS);
  });
  try {
    return await Promise.race([pending, late]);
  } finally {
    clearTimeout(timer);
  }
}
