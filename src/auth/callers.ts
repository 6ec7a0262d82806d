import { principalOf } from './api-key-authenticator.js';
import { type Principal } from './principal.js';
import { type Caller } from './principal-resolver.js';

/** The principals of callers whom the host names. What was worked out of one is kept as long as the host keeps it. */
export class Callers {
  private readonly known = new WeakMap<Caller, Principal>();

  /** @throws TypeError where it has no name. */
  principalOf(caller: Caller): Principal {
    let principal = this.known.get(caller);
    if (principal === undefined) {
      const { name, models, ...settings } = caller;
      // It stands on usage records, and tells what belongs to whom.
      if (typeof name !== 'string' || name === '') throw new TypeError('A caller has no name');
      principal = principalOf({ id: null, name, allowedModels: models ?? null, settings });
      this.known.set(caller, principal);
    }
    return principal;
  }
}
