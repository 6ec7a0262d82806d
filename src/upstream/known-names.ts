import dns, { type LookupAddress, type LookupOptions } from 'node:dns';
import { Injectable, Logger, Optional } from '@nestjs/common';
import { BoundedCache } from '../collections/bounded-cache.js';

type Answer = (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void;

/** Finds all addresses of a name. */
export type Resolve = (name: string, options: LookupOptions, answer: Answer) => void;

const MAX_NAMES = 1_000;
/** For how long nobody asks again. */
const FRESH_MS = 10_000;
/** For how long an answer stands in for one that cannot be had. */
const STALE_MS = 300_000;
/** How long an answer is waited for where one is known that can stand in. */
const PATIENCE_MS = 500;
/** Name servers say so of a name that there is not; anything else is no answer. */
const NO_SUCH_NAME = 'ENOTFOUND';

interface KnownName {
  readonly addresses: LookupAddress[];
  /** Monotonic milliseconds. */
  readonly at: number;
  /** Nothing has spoken against it since. */
  isTrusted: boolean;
}

interface Question {
  readonly askedAt: number;
  readonly waiting: Answer[];
}

/** How a question to the system ended. */
type LookupResult = 'found' | 'not_found' | 'failed';

/** What was asked of the system so far. */
export interface LookupCounts {
  count: number;
  /** That they took, all together. */
  seconds: number;
}

/**
 * The addresses of hosts, as the system finds them. What was found is good for ten seconds, and for five minutes where the
 * name servers fail or hang. A name is asked for once at a time, so that one that hangs keeps one thread of Node's waiting
 * and not all of those that find names.
 */
@Injectable()
export class KnownNames {
  /** By how it ended. */
  readonly lookups: Readonly<Record<LookupResult, LookupCounts>> = {
    found: { count: 0, seconds: 0 },
    not_found: { count: 0, seconds: 0 },
    failed: { count: 0, seconds: 0 },
  };
  /** How often addresses that were found before have stood in for an answer. */
  standIns = 0;
  private readonly logger = new Logger('Names');
  private readonly known = new BoundedCache<KnownName>(MAX_NAMES);
  private readonly questions = new Map<string, Question>();
  private readonly doubtful = new Set<string>();

  /** @param resolve in place of the system's. */
  constructor(@Optional() private readonly resolve: Resolve = systemResolve) {}

  /** Names that the system is looking for. */
  get underWay(): number {
    return this.questions.size;
  }

  lookup(name: string, options: LookupOptions, done: Answer): void {
    const now = performance.now();
    const known = this.known.get(name);
    if (known?.isTrusted === true && now - known.at < FRESH_MS) {
      queueMicrotask(() => done(null, known.addresses));
      return;
    }
    const question = this.questions.get(name) ?? this.ask(name, options, now);
    if (known === undefined || now - known.at >= STALE_MS) {
      question.waiting.push(done);
      return;
    }
    const standIn = (reason: string): void => {
      this.standIns++;
      this.doubt(name, reason);
      done(null, known.addresses);
    };
    let timer: NodeJS.Timeout | undefined = setTimeout(
      () => {
        timer = undefined;
        standIn('no answer yet');
      },
      Math.max(0, question.askedAt + PATIENCE_MS - now),
    );
    question.waiting.push((error, addresses) => {
      if (timer === undefined) return;
      clearTimeout(timer);
      if (error !== null && error.code !== NO_SUCH_NAME) standIn(error.code ?? error.message);
      else done(error, addresses);
    });
  }

  /** Nobody could be reached there: it is asked for anew. */
  distrust(name: string): void {
    const known = this.known.get(name);
    if (known !== undefined) known.isTrusted = false;
  }

  private ask(name: string, options: LookupOptions, askedAt: number): Question {
    const question: Question = { askedAt, waiting: [] };
    this.questions.set(name, question);
    this.resolve(name, { ...options, all: true }, (error, addresses) => {
      this.questions.delete(name);
      this.count(error, askedAt);
      if (error === null && addresses.length > 0) {
        this.known.set(name, { addresses, at: performance.now(), isTrusted: true });
        if (this.doubtful.delete(name)) this.logger.log(`The addresses of ${name} are found again`);
      }
      for (const answer of question.waiting) answer(error, addresses);
    });
    return question;
  }

  private count(error: NodeJS.ErrnoException | null, askedAt: number): void {
    const counts = this.lookups[error === null ? 'found' : error.code === NO_SUCH_NAME ? 'not_found' : 'failed'];
    counts.count++;
    counts.seconds += (performance.now() - askedAt) / 1_000;
  }

  private doubt(name: string, reason: string): void {
    if (this.doubtful.has(name)) return;
    this.doubtful.add(name);
    this.logger.warn(`The addresses of ${name} cannot be found (${reason}): goes on with those found before`);
  }
}

function systemResolve(name: string, options: LookupOptions, answer: Answer): void {
  dns.lookup(name, { ...options, all: true }, (error, addresses) => answer(error, addresses ?? []));
}
