import { type GateRefusal } from '../events/deployment-gates.js';
import { type Provider } from '../providers/provider-adapter.interface.js';

/** For how long a key is set aside that the provider does not take. */
const REFUSED_MS = 300_000;

/** The most that a key is left alone for when a limit was reached: limits are raised, and clocks are wrong. */
const LONGEST_LIMIT_MS = 300_000;

/** For a limit that was reached where the provider does not say for how long. */
const UNTOLD_LIMIT_MS = 5_000;

/** Clients choose the models of a provider that was given none. */
const MAX_MODELS = 1_000;

/** One of the keys of a provider: the provider as it is behind that key, and what is the matter with it. */
export class KeySlot {
  private refusedUntil = 0;
  private limitedUntil: Map<string, number> | undefined;

  constructor(
    readonly provider: Provider,
    /** Its place among the keys of the provider; `null` where there is one only. */
    readonly index: number | null,
  ) {}

  get isUntroubled(): boolean {
    return this.refusedUntil === 0 && this.limitedUntil === undefined;
  }

  /** Milliseconds until it is tried again after the provider did not take it. */
  refusedFor(now: number): number {
    return Math.max(0, this.refusedUntil - now);
  }

  /** Milliseconds until a limit on this model is over. */
  limitedFor(model: string, now: number): number {
    return Math.max(0, (this.limitedUntil?.get(model) ?? 0) - now);
  }

  /** The provider does not take it. */
  refuse(): void {
    this.refusedUntil = performance.now() + REFUSED_MS;
  }

  /** It has been taken. */
  accept(): void {
    this.refusedUntil = 0;
  }

  /** @param seconds as the provider said; 0 where it did not. */
  limit(model: string, seconds: number): void {
    const milliseconds = seconds === 0 ? UNTOLD_LIMIT_MS : Math.min(seconds * 1_000, LONGEST_LIMIT_MS);
    const now = performance.now();
    const until = Math.max(this.limitedUntil?.get(model) ?? 0, now + milliseconds);
    this.limitedUntil ??= new Map();
    if (this.limitedUntil.size >= MAX_MODELS) this.limitedUntil.clear();
    this.limitedUntil.set(model, until);
  }

  /** Forgets a limit that is over. */
  forget(model: string): void {
    this.limitedUntil?.delete(model);
    if (this.limitedUntil?.size === 0) this.limitedUntil = undefined;
  }
}

/**
 * The keys of one provider, used in turn. A key and a model make a quota domain: that is what most providers count, and
 * a limit on one model says nothing of the next.
 */
export class KeyRing {
  private turn = 0;

  constructor(readonly slots: readonly [KeySlot, ...KeySlot[]]) {}

  get hasSeveral(): boolean {
    return this.slots.length > 1;
  }

  /**
   * The key whose turn it is, of those that can be used.
   * @param spent those not to be used.
   */
  choose(model: string, spent?: readonly KeySlot[]): KeySlot | undefined {
    const { slots } = this;
    if (slots.length === 1) return spent === undefined && isUsable(slots[0], model) ? slots[0] : undefined;
    for (let count = 0; count < slots.length; count++) {
      const slot = slots[this.turn++ % slots.length];
      if (slot !== undefined && spent?.includes(slot) !== true && isUsable(slot, model)) return slot;
    }
    return undefined;
  }

  /** Where no key can be used: the one that can be soonest. @param evenLimited or only one that is not limited. */
  leastBad(model: string, evenLimited: boolean): KeySlot | undefined {
    const now = performance.now();
    const trouble = (slot: KeySlot): number => Math.max(slot.refusedFor(now), slot.limitedFor(model, now));
    return this.slots
      .filter((slot) => evenLimited || slot.limitedFor(model, now) === 0)
      .sort((a, b) => trouble(a) - trouble(b))[0];
  }

  /** Why no key can be used. */
  refusal(model: string): GateRefusal {
    const now = performance.now();
    const waits = this.slots.map((slot) => Math.max(slot.refusedFor(now), slot.limitedFor(model, now)));
    const isLimited = this.slots.every((slot) => slot.limitedFor(model, now) > 0);
    return { reason: isLimited ? 'rate_limited' : 'key_refused', retryAfter: Math.min(...waits) / 1_000 };
  }
}

function isUsable(slot: KeySlot, model: string): boolean {
  if (slot.isUntroubled) return true;
  const now = performance.now();
  if (slot.refusedFor(now) > 0 || slot.limitedFor(model, now) > 0) return false;
  slot.forget(model);
  return true;
}
