import { openSecrets, sealSecrets } from './provider-secrets.js';
import { type SecretBox } from './secret-box.js';
import { entriesOf, type EntryOf, type RoutingState } from './stored-routing.js';

export interface Rekeyed {
  /** As they are to be stored: sealed under the master key of now. */
  readonly entries: readonly EntryOf<'provider'>[];
  /** Names of those whose secrets open under no known key. */
  readonly unreadable: readonly string[];
}

/** Seals anew what was sealed under a master key of before. */
export function rekey(state: RoutingState, box: SecretBox): Rekeyed {
  const unreadable: string[] = [];
  const entries = entriesOf(state, 'provider').flatMap((entry): EntryOf<'provider'>[] => {
    if (entry.secrets === null || box.isCurrent(entry.secrets)) return [];
    const secrets = openSecrets(box, entry);
    if (secrets !== undefined) return [{ ...entry, secrets: sealSecrets(box, entry.id, entry.settings, secrets) }];
    unreadable.push(entry.name);
    return [];
  });
  return { entries, unreadable };
}
