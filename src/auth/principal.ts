import { type KeySettings } from '../key.options.js';
import { type ParameterPolicy } from '../protocol/parameter-policy.js';
import { type AddressRanges } from './address-ranges.js';
import { type KeyOwner } from './api-key.repository.js';

/** A team or an organisation that says what all its keys may together. */
export interface PrincipalOwner extends KeyOwner {
  /** Names of the models that its keys may use; `null` for all. */
  readonly allowedModels: ReadonlySet<string> | null;
}

/** Who calls, as the guard found out. */
export interface Principal {
  /** `null` for a key from the configuration, and when authentication is disabled. */
  readonly keyId: string | null;
  readonly keyName: string;
  /** What the key says beyond that: whose it is, its limits, what it sets for extensions. */
  readonly settings: KeySettings;
  /** Names of the models it may use; `null` for all. */
  readonly allowedModels: ReadonlySet<string> | null;
  /** What becomes of parameters that a provider has nothing for, where the request does not say. Default `warn`. */
  readonly parameterPolicy?: ParameterPolicy | undefined;
  /** From where it may call; from everywhere where it is not there. */
  readonly ipRanges?: AddressRanges | undefined;
  /** The stored team and organisation that it belongs to; not there where there are none. */
  readonly owners?: readonly PrincipalOwner[] | undefined;
}

/**
 * Whether the key may use a model, and its owners let it.
 * @param names by any of which the model may be allowed.
 */
export function mayUseModel({ allowedModels, owners }: Principal, names: readonly string[]): boolean {
  return (
    isAmong(allowedModels, names) &&
    (owners === undefined || owners.every((owner) => isAmong(owner.allowedModels, names)))
  );
}

function isAmong(allowed: ReadonlySet<string> | null, names: readonly string[]): boolean {
  return allowed === null || names.some((name) => allowed.has(name));
}
