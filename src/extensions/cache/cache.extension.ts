import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { tenantOf } from '../../auth/tenant.js';
import { type CacheSettings } from '../../cache.settings.js';
import { type CallAnswer } from '../../events/call-answer.js';
import { type CallContext } from '../../events/call-context.js';
import { CallCompleted, CallFailed } from '../../events/gateway-events.js';
import { GatewayEventBus } from '../../events/gateway-event-bus.js';
import { MetricsRead } from '../../events/metrics-read.js';
import { GATEWAY_SETTINGS, type GatewaySettings } from '../../gateway.settings.js';
import { WARNINGS_HEADER, warningsText } from '../../protocol/header-text.js';
import { JsonBody } from '../../protocol/json-body.js';
import { sizeOf } from '../../protocol/pieced-answer.js';
import { Extension, type GatewayExtension } from '../gateway-extension.interface.js';
import { type AnswerPlace, type AnswerStore, type CachedAnswer, type FoundAnswer } from './answer-store.js';
import { cacheableRequest, cacheKey } from './cache-key.js';
import { cacheWishes } from './cache-control.js';
import { CacheService } from './cache.service.js';
import { Flights } from './flights.js';

const NAME = 'cache';
const STATUS_HEADER = 'x-nestgate-cache';

/** The capabilities whose answers are kept. */
const CACHED: ReadonlySet<string> = new Set(['chat', 'embeddings']);

const MISS = Symbol('nestgate.cacheMiss');

/** A call with what is known of it here. */
interface CachedCall extends CallContext {
  [MISS]?: Miss | undefined;
}

/** Of a call that goes to a provider, and whose answer is to be kept. */
interface Miss {
  readonly place: AnswerPlace;
  readonly epoch: string | undefined;
  /** Milliseconds. */
  readonly ttl: number;
  /** Equal calls may wait for its answer. */
  readonly leads: boolean;
}

/** Gives an answer again to who asks the very same with the same key, and asks a provider once for those who ask at once. */
@Injectable()
@Extension({ name: NAME, answers: 'everything' })
export class CacheExtension implements GatewayExtension, OnModuleInit {
  /** Not there where there is no cache: then no call is asked. */
  readonly onCacheLookup?: (call: CallContext) => Promise<CallAnswer | undefined> | undefined;

  private readonly flights = new Flights();
  private hitCount = 0;
  private missCount = 0;
  /** What the configuration says of answers: those under another one are not given, wherever they are kept. */
  private readonly configured: string;

  constructor(
    @Inject(GATEWAY_SETTINGS) private readonly settings: GatewaySettings,
    private readonly service: CacheService,
    private readonly bus: GatewayEventBus,
  ) {
    this.configured = JSON.stringify([settings.extensions, settings.guardrails]);
    const { cache } = settings;
    const { store } = service;
    if (cache !== undefined && store !== undefined) this.onCacheLookup = (call) => this.lookUp(call, cache, store);
  }

  onModuleInit(): void {
    const { store } = this.service;
    const { cache } = this.settings;
    if (cache === undefined || store === undefined) return;
    this.bus.on(CallCompleted, ({ call }) => this.completed(call, cache, store));
    this.bus.on(CallFailed, ({ call, isAborted }) => this.failed(call, isAborted));
    this.bus.on(MetricsRead, (read) => {
      read.tell('cache_hits_total', this.hitCount);
      read.tell('cache_misses_total', this.missCount);
    });
  }

  private lookUp(
    call: CallContext,
    cache: CacheSettings,
    store: AnswerStore,
  ): Promise<CallAnswer | undefined> | undefined {
    const { body, model, principal } = call;
    if (!CACHED.has(call.operation.capability) || !(body instanceof JsonBody)) return undefined;
    const { enabled = cache.enabled, ttl = cache.ttl } = principal.settings.cache ?? {};
    if (!enabled || (cache.models !== null && !cache.models.has(model))) return undefined;
    const { isOff, maxAge } = cacheWishes(call.headers['cache-control']);
    if (isOff) return undefined;
    call.keepAnswer(cache.maxEntryBytes);
    const tenant = tenantOf(principal);
    const key = cacheKey(tenant, cacheableRequest(call, body, this.configured));
    return this.find(call, { place: { key, tenant, model }, ttl, maxAge }, store);
  }

  private async find(
    call: CachedCall,
    { place, ttl, maxAge }: { readonly place: AnswerPlace; readonly ttl: number; readonly maxAge: number },
    store: AnswerStore,
  ): Promise<CallAnswer | undefined> {
    const takesOld = maxAge > 0;
    let leads = false;
    if (takesOld) {
      // Before it is looked up: otherwise the answer could come to others between the two, and be asked for again.
      const landing = (await this.flights.join(place.key, call)) ?? 'lead';
      leads = landing === 'lead';
      if (typeof landing === 'object' && landing.age <= maxAge) return this.hit(call, landing);
    }
    try {
      const { found, epoch } = await store.find(place);
      if (takesOld && found !== undefined && found.age <= maxAge) {
        if (leads) this.flights.land(place.key, () => found);
        return this.hit(call, found);
      }
      call[MISS] = { place, epoch, ttl, leads };
    } catch (error) {
      if (leads) this.flights.scatter(place.key);
      throw error;
    }
    this.missCount++;
    call.setHeader(STATUS_HEADER, 'miss');
    return undefined;
  }

  private hit(call: CallContext, found: FoundAnswer): CallAnswer {
    this.hitCount++;
    return hit(call, found);
  }

  private completed(call: CachedCall, { maxEntryBytes }: CacheSettings, store: AnswerStore): void {
    const miss = call[MISS];
    if (miss === undefined) return;
    call[MISS] = undefined;
    const { answer } = call;
    // Another extension's answer is that extension's to give again.
    if (answer === undefined || call.answeredBy !== null) {
      if (miss.leads) this.flights.scatter(miss.place.key);
      return;
    }
    // Of an answer that nobody takes the bytes are not asked for.
    const cached = (): CachedAnswer => ({
      contentType: answer.contentType,
      bytes: answer.bytes,
      warnings: call.lastAttempt?.warnings.names ?? [],
    });
    const { place, epoch, ttl, leads } = miss;
    if (epoch !== undefined && sizeOf(answer) <= maxEntryBytes) void store.keep(place, epoch, cached(), ttl);
    if (leads) this.flights.land(place.key, () => ({ answer: cached(), age: 0 }));
  }

  private failed(call: CachedCall, isAborted: boolean): void {
    const miss = call[MISS];
    if (miss === undefined) return;
    call[MISS] = undefined;
    if (!miss.leads) return;
    // What failed for one may fail for all: they need not learn it one after the other.
    if (isAborted) this.flights.passOn(miss.place.key);
    else this.flights.scatter(miss.place.key);
  }
}

function hit(call: CallContext, { answer, age }: FoundAnswer): CallAnswer {
  call.setHeader(STATUS_HEADER, 'hit');
  call.setHeader('age', String(Math.floor(age)));
  if (answer.warnings.length > 0) call.setHeader(WARNINGS_HEADER, warningsText(answer.warnings));
  return answer;
}
