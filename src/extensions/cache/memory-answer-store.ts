import { LRUCache } from 'lru-cache';
import {
  type AnswerLookup,
  type AnswerPlace,
  AnswerStore,
  type CachedAnswer,
  type CacheScope,
} from './answer-store.js';

interface Entry {
  readonly place: AnswerPlace;
  readonly answer: CachedAnswer;
  /** Milliseconds of the monotonic clock, like the next. */
  readonly keptAt: number;
  readonly expiresAt: number;
}

/** What an entry weighs beside its answer, roughly. */
const ENTRY_BYTES = 512;

/** Keeps answers in this process: those that were asked for last, as many as there is room for. */
export class MemoryAnswerStore extends AnswerStore {
  private readonly entries: LRUCache<string, Entry>;
  private clearances = 0;

  /** @param maxBytes of all answers together. */
  constructor(maxBytes: number) {
    super();
    this.entries = new LRUCache({
      maxSize: maxBytes,
      sizeCalculation: ({ answer }) => answer.bytes.length + ENTRY_BYTES,
    });
  }

  override find({ key }: AnswerPlace): AnswerLookup & { readonly epoch: string } {
    const entry = this.entries.get(key);
    const epoch = String(this.clearances);
    const now = performance.now();
    if (entry === undefined || entry.expiresAt <= now) return { found: undefined, epoch };
    return { found: { answer: entry.answer, age: (now - entry.keptAt) / 1_000 }, epoch };
  }

  override keep(place: AnswerPlace, epoch: string, answer: CachedAnswer, ttl: number): void {
    if (epoch !== String(this.clearances)) return;
    // The bytes may be a small part of a large piece that came from the network, which would stay with them.
    const bytes = Buffer.allocUnsafeSlow(answer.bytes.length);
    answer.bytes.copy(bytes);
    const keptAt = performance.now();
    this.entries.set(place.key, { place, answer: { ...answer, bytes }, keptAt, expiresAt: keptAt + ttl });
  }

  override clear({ tenant, model }: CacheScope): void {
    this.clearances++;
    for (const [key, { place }] of this.entries.entries()) {
      if ((tenant ?? place.tenant) === place.tenant && (model ?? place.model) === place.model) this.entries.delete(key);
    }
  }
}
