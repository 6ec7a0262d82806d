import { type Principal, type PrincipalOwner } from '../../auth/principal.js';
import { type Limit } from '../../limits/rate-limiter.js';
import { type DefaultRateLimitOptions, type LimitsOptions } from '../../rate-limit.options.js';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** What each setting counts, and within what. */
const KINDS = [
  ['requestsPerMinute', 'requests', MINUTE_MS],
  ['requestsPerDay', 'requests', DAY_MS],
  ['tokensPerMinute', 'tokens', MINUTE_MS],
  ['tokensPerDay', 'tokens', DAY_MS],
  ['concurrentRequests', 'concurrent', 0],
] as const satisfies readonly (readonly [keyof LimitsOptions, Limit['unit'], number])[];

/** @param whose they are: what is counted together has the same. */
export function limitsIn(options: LimitsOptions | undefined, whose: string): Limit[] {
  if (options === undefined) return [];
  return KINDS.flatMap(([name, unit, windowMs]) => {
    const limit = options[name];
    return limit === undefined ? [] : [{ key: `${whose}:${name}`, unit, limit, windowMs }];
  });
}

const NONE: readonly Limit[] = [];

/** Knows which limits hold for whom, and works them out once for each key. */
export class LimitsOf {
  private readonly perKey = new WeakMap<Principal, KeyLimits>();
  private readonly allKeys: ReadonlyMap<string, readonly Limit[]>;

  constructor(private readonly defaults: DefaultRateLimitOptions | undefined) {
    const together = (defaults?.models ?? []).filter(({ allKeys }) => allKeys === true);
    this.allKeys = new Map(together.map((options) => [options.model, limitsIn(options, `model:${options.model}`)]));
  }

  /** @param model as providers serve it. */
  of(principal: Principal, model: string): readonly Limit[] {
    if (this.defaults === undefined && principal.settings.rateLimits === undefined && principal.owners === undefined) {
      return NONE;
    }
    let limits = this.perKey.get(principal);
    if (limits === undefined) {
      limits = this.workOut(principal);
      this.perKey.set(principal, limits);
    }
    return limits.byModel.get(model) ?? limits.general;
  }

  private workOut(principal: Principal): KeyLimits {
    const { rateLimits: own } = principal.settings;
    const whose = principal.keyId === null ? `key:${principal.keyName}` : `id:${principal.keyId}`;
    const defaults = this.defaults ?? {};
    const general = limitsIn({ ...defaults, ...own }, whose);
    const ofModels = new Map<string, LimitsOptions>();
    for (const { allKeys, model, ...limits } of defaults.models ?? [])
      if (allKeys !== true) ofModels.set(model, limits);
    for (const { model, ...limits } of own?.models ?? []) ofModels.set(model, { ...ofModels.get(model), ...limits });
    const byModel = new Map<string, readonly Limit[]>();
    for (const model of new Set([...ofModels.keys(), ...this.allKeys.keys()])) {
      const special = limitsIn(ofModels.get(model), `${whose}:${encodeURIComponent(model)}`);
      byModel.set(model, [...withSpecial(general, special), ...(this.allKeys.get(model) ?? NONE)]);
    }
    return (principal.owners ?? []).reduce(withOwner, { general, byModel });
  }
}

interface KeyLimits {
  readonly general: readonly Limit[];
  /** Of the models that have limits of their own. */
  readonly byModel: ReadonlyMap<string, readonly Limit[]>;
}

/** What all keys of an owner may together stands beside what each of them may. */
function withOwner(
  { general, byModel }: KeyLimits,
  { kind, name, settings: { rateLimits } }: PrincipalOwner,
): KeyLimits {
  if (rateLimits === undefined) return { general, byModel };
  const whose = `${kind}:${name}`;
  const ofAll = limitsIn(rateLimits, whose);
  const models = new Map(rateLimits.models?.map(({ model, ...limits }) => [model, limits]));
  const both = [...byModel.keys(), ...models.keys()].map((model) => {
    const special = limitsIn(models.get(model), `${whose}:${encodeURIComponent(model)}`);
    return [model, [...(byModel.get(model) ?? general), ...withSpecial(ofAll, special)]] as const;
  });
  return { general: [...general, ...ofAll], byModel: new Map(both) };
}

/** What is set for a model stands in place of the same for all models. */
function withSpecial(general: readonly Limit[], special: readonly Limit[]): readonly Limit[] {
  return [...special, ...general.filter((limit) => !special.some((other) => isSameKind(limit, other)))];
}

function isSameKind(one: Limit, other: Limit): boolean {
  return one.unit === other.unit && one.windowMs === other.windowMs;
}
