import { type KeyOwner, type StoredApiKey } from './api-key.repository.js';

/** What an owner is stored under: no name has a colon. */
export function ownerId(kind: KeyOwner['kind'], name: string | undefined): string {
  return `${kind}:${name ?? ''}`;
}

/** The organisation of a key: that of its team where the team has one, whatever the key says. */
export function organizationOf({
  settings,
  owners = [],
}: Pick<StoredApiKey, 'settings' | 'owners'>): string | undefined {
  return owners.find(({ kind }) => kind === 'team')?.settings.organization ?? settings.organization;
}
