import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { type Principal } from '../../auth/principal.js';
import { type BudgetLimitOptions, WEEKDAYS } from '../../budget.options.js';
import { type BudgetCharge, type BudgetKind } from '../../events/budget-charge.js';
import { type CallContext } from '../../events/call-context.js';
import { GATEWAY_SETTINGS, type GatewaySettings } from '../../gateway.settings.js';
import { parseDecimal } from '../../pricing/decimal.js';

/** A million millionth of a dollar. */
const USD_DECIMALS = 12;

/** The accounts that a call is paid from. */
export interface CallCharges {
  readonly all: readonly BudgetCharge[];
  /** Those that must have room for it. */
  readonly hard: readonly BudgetCharge[];
  /** The others; `undefined` for none. */
  readonly soft: readonly BudgetCharge[] | undefined;
  /** Says which the hard ones are, and their terms. */
  readonly accounts: string;
}

interface Rule {
  readonly terms: Omit<BudgetCharge, 'subject'>;
  /** `undefined`: each one of the kind. */
  readonly subject: string | undefined;
}

const NONE: CallCharges = { all: [], hard: [], soft: undefined, accounts: '' };

/** Knows which budgets are of a call: the one place that decides it. */
@Injectable()
export class BudgetRules {
  /** Those that a key is enough to know for. */
  private readonly ofKeys: readonly Rule[];
  private readonly ofEndUsers: readonly Rule[];
  private readonly known = new WeakMap<Principal, CallCharges>();

  constructor(@Inject(GATEWAY_SETTINGS) private readonly settings: Pick<GatewaySettings, 'budgets' | 'keys'>) {
    const rules = settings.budgets.map((budget) => ({
      terms: termsOf(budget, budget.for, budget.name),
      subject: budget.subject,
    }));
    this.ofKeys = rules.filter(({ terms }) => terms.kind !== 'end_user');
    this.ofEndUsers = rules.filter(({ terms }) => terms.kind === 'end_user');
  }

  /** Whether the configuration has any. */
  get isUsed(): boolean {
    const { budgets, keys } = this.settings;
    return budgets.length > 0 || keys.some((key) => key.budgets !== undefined);
  }

  /** @returns `undefined` where no budget is of the call. */
  chargesOf({ principal, endUser }: Pick<CallContext, 'principal' | 'endUser'>): CallCharges | undefined {
    if (this.ofKeys.length === 0 && this.ofEndUsers.length === 0 && !hasBudgets(principal)) return undefined;
    let charges = this.known.get(principal);
    if (charges === undefined) {
      charges = this.chargesOfKey(principal);
      this.known.set(principal, charges);
    }
    if (endUser !== null && this.ofEndUsers.length > 0) charges = this.withEndUser(charges, principal, endUser);
    return charges.all.length === 0 ? undefined : charges;
  }

  private chargesOfKey(principal: Principal): CallCharges {
    const { settings } = principal;
    const all: BudgetCharge[] = [];
    for (const { terms, subject } of this.ofKeys) {
      const own = subjectOf(terms.kind, principal);
      if (own !== undefined && isMeant(subject, terms.kind, own, principal)) all.push({ ...terms, subject: own });
    }
    // Under names that no budget of the configuration can have.
    for (const budget of settings.budgets ?? []) {
      all.push({ ...termsOf(budget, 'key', `key/${budget.name}`), subject: keyOf(principal) });
    }
    for (const { kind, name, settings: owner } of principal.owners ?? []) {
      for (const budget of owner.budgets ?? []) {
        all.push({ ...termsOf(budget, kind, `${kind}/${budget.name}`), subject: name });
      }
    }
    return chargesFrom(all);
  }

  private withEndUser(charges: CallCharges, principal: Principal, endUser: string): CallCharges {
    const subject = `${householdOf(principal)}/${storable(endUser)}`;
    const own = this.ofEndUsers
      .filter((rule) => rule.subject === undefined || rule.subject === endUser)
      .map(({ terms }) => ({ ...terms, subject }));
    return own.length === 0 ? charges : chargesFrom([...charges.all, ...own]);
  }
}

function hasBudgets({ settings, owners }: Principal): boolean {
  return settings.budgets !== undefined || owners !== undefined;
}

function chargesFrom(all: readonly BudgetCharge[]): CallCharges {
  if (all.length === 0) return NONE;
  const hard = all.filter((charge) => charge.hard);
  const soft = all.filter((charge) => !charge.hard);
  const accounts = hard.map(({ budget, subject, period, limit }) => [budget, subject, period, limit].join('\n'));
  return { all, hard, soft: soft.length === 0 ? undefined : soft, accounts: accounts.join('\n\n') };
}

function termsOf(budget: BudgetLimitOptions, kind: BudgetKind, name: string): Omit<BudgetCharge, 'subject'> {
  return {
    budget: name,
    kind,
    period: budget.per,
    timeZone: budget.timeZone ?? 'UTC',
    weekStartsOn: WEEKDAYS.indexOf(budget.weekStartsOn ?? 'monday'),
    hard: budget.hard !== false,
    alerts: budget.alerts ?? [],
    // Of a stored key that somebody has written by hand: what cannot be read allows nothing.
    limit: String(parseDecimal(budget.usd, USD_DECIMALS) ?? 0n),
  };
}

/** Whose account a budget of a kind is for this caller; `undefined` where it has none. */
function subjectOf(kind: BudgetKind, principal: Principal): string | undefined {
  if (kind === 'team') return principal.settings.team;
  if (kind === 'organization') return principal.settings.organization;
  return kind === 'key' ? keyOf(principal) : '*';
}

function isMeant(subject: string | undefined, kind: BudgetKind, own: string, principal: Principal): boolean {
  return subject === undefined || subject === own || (kind === 'key' && subject === principal.keyName);
}

function keyOf({ keyId, keyName }: Principal): string {
  return keyId ?? keyName;
}

/** End users of two tenants are not the same person, whatever the tenants call them. */
function householdOf(principal: Principal): string {
  return principal.settings.organization ?? principal.settings.team ?? keyOf(principal);
}

const MAX_END_USER_LENGTH = 128;

/** What clients name their users by may be anything. */
function storable(endUser: string): string {
  if (endUser.length <= MAX_END_USER_LENGTH && !/[\p{Cc}\p{Surrogate}]/u.test(endUser)) return endUser;
  return `sha256:${createHash('sha256').update(endUser).digest('base64url')}`;
}
