import { Inject, Injectable } from '@nestjs/common';
import { GatewayError } from '../../errors/gateway-error.js';
import { GATEWAY_SETTINGS, type GatewaySettings } from '../../gateway.settings.js';
import { parseJson } from '../../protocol/json.js';
import { DEFAULT_LIMIT } from '../page.js';
import { KeyAdministration, type KeyPosition } from './key-administration.js';
import { type KeysQuery } from './keys.dto.js';
import { shownConfiguredKey, type ShownKey, shownKey } from './shown-key.js';

const DEFAULT_ORDER = '-createdAt';

export interface KeyPage {
  readonly keys: readonly ShownKey[];
  /** The `cursor` of the page after; `null` where there is none. */
  readonly next: string | null;
}

/** Where a page begins: after so many keys of the configuration, or after a stored one. */
type Cursor = { readonly configured: number } | { readonly stored: KeyPosition };

/** Lists keys: those of the configuration as they stand there, then the stored ones in the order that is asked for. */
@Injectable()
export class KeyListService {
  constructor(
    @Inject(GATEWAY_SETTINGS) private readonly settings: Pick<GatewaySettings, 'keys'>,
    private readonly keys: KeyAdministration,
  ) {}

  async list({ limit = DEFAULT_LIMIT, cursor: text, sort = DEFAULT_ORDER, ...filter }: KeysQuery): Promise<KeyPage> {
    const cursor: Cursor = text === undefined ? { configured: 0 } : readCursor(text, sort);
    const first = 'configured' in cursor ? cursor.configured : Number.POSITIVE_INFINITY;
    const configured = filter.source === 'stored' ? [] : this.configured(filter);
    const shown = configured.slice(first, first + limit);
    if (configured.length > first + limit) {
      return { keys: shown, next: writeCursor({ configured: first + limit }, sort) };
    }
    if (filter.source === 'configuration') return { keys: shown, next: null };
    const after = 'stored' in cursor ? cursor.stored : undefined;
    const room = limit - shown.length;
    // Where there is no room left, one tells whether there is anything behind.
    const { keys, next } = await this.keys.list(filter, sort, Math.max(room, 1), after);
    if (room === 0) {
      return { keys: shown, next: keys.length === 0 ? null : writeCursor({ configured: first + limit }, sort) };
    }
    return {
      keys: [...shown, ...keys.map(shownKey)],
      next: next === undefined ? null : writeCursor({ stored: next }, sort),
    };
  }

  private configured({ name, team, organization, status }: KeysQuery): ShownKey[] {
    return this.settings.keys
      .map(shownConfiguredKey)
      .filter(
        (key) =>
          (name === undefined || key.name === name) &&
          (team === undefined || key.team === team) &&
          (organization === undefined || key.organization === organization) &&
          (status === undefined || key.status === status),
      );
  }
}

function writeCursor(cursor: Cursor, sort: string): string {
  const place = 'configured' in cursor ? [cursor.configured] : [cursor.stored.value, cursor.stored.id];
  return Buffer.from(JSON.stringify([sort, ...place])).toString('base64url');
}

/** @throws GatewayError for what is no cursor, or one of another order. */
function readCursor(text: string, sort: string): Cursor {
  const parsed = parseJson(Buffer.from(text, 'base64url').toString('utf8'));
  const [order, first, id] = Array.isArray(parsed) ? (parsed as unknown[]) : [];
  if (order === sort && Number.isSafeInteger(first) && Number(first) >= 0) return { configured: Number(first) };
  if (order === sort && typeof first === 'string' && typeof id === 'string' && isPlace(first, sort)) {
    return { stored: { value: first, id } };
  }
  throw new GatewayError('invalid_value', {
    message: 'cursor must be the next of a page in this order.',
    param: 'cursor',
  });
}

function isPlace(value: string, sort: string): boolean {
  return sort.endsWith('name') || !Number.isNaN(Date.parse(value));
}
