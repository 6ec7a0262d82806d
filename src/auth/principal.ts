import { type KeySettings } from '../key.options.js';
import { type ParameterPolicy } from '../protocol/parameter-policy.js';
import { type AddressRanges } from './address-ranges.js';

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
}

/** @param names by any of which the model may be allowed. */
export function mayUseModel({ allowedModels }: Principal, names: readonly string[]): boolean {
  return allowedModels === null || names.some((name) => allowedModels.has(name));
}
