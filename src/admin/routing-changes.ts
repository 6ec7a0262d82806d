import { Injectable } from '@nestjs/common';
import { uuidv7 } from 'uuidv7';
import { GatewayError } from '../errors/gateway-error.js';
import { type SettingPath } from '../config/setting-path.js';
import { RoutingComposer } from '../routing/routing-composer.js';
import { RoutingFollower } from '../routing/routing-follower.js';
import {
  entriesOf,
  type EntryOf,
  type PriceVersion,
  type RoutingEntry,
  type RoutingKind,
  type RoutingState,
} from '../routing/stored-routing.js';
import { auditEntry } from './admin-audit.js';
import { type AdminAction } from './admin-audit.repository.js';
import { type AdminRequest } from './administrator.js';
import { RoutingAdministration, type RoutingChange, type RoutingDecision } from './routing-administration.js';

/** What the audit log is to say of a change. */
interface AuditedChange extends Pick<AdminAction, 'action' | 'details'> {
  readonly request: AdminRequest;
}

/** Changes what requests are routed by: built first, then stored, then routed by, here at once and elsewhere soon. */
@Injectable()
export class RoutingChanges {
  constructor(
    private readonly stored: RoutingAdministration,
    private readonly composer: RoutingComposer,
    private readonly follower: RoutingFollower,
  ) {}

  read(): Promise<RoutingState> {
    return this.stored.read();
  }

  /** All versions of a price, the oldest first. */
  priceVersions(id: string): Promise<readonly PriceVersion[]> {
    return this.stored.priceVersions(id);
  }

  async make<Result>(decide: RoutingDecision<Result>): Promise<Result> {
    const result = await this.stored.change(decide);
    await this.follower.follow();
    return result;
  }

  /**
   * An entry in its next version.
   * @param place of it in the options, as in `['aliases', 'fast']`.
   * @throws GatewayError where nothing could be routed by it.
   */
  put<Entry extends RoutingEntry>(
    state: RoutingState,
    entry: Entry,
    place: SettingPath,
    audit: AuditedChange,
  ): RoutingChange<Entry> {
    const others = state.entries.filter(({ id }) => id !== entry.id);
    this.composer.check(state, { ...state, entries: [...others, entry] }, place);
    const { request, action, details } = audit;
    return { put: [entry], audit: auditEntry(request, { action, target: entry.name, details }), result: entry };
  }

  /** @throws GatewayError where something else could not be routed any more. */
  remove(state: RoutingState, entry: RoutingEntry, audit: AuditedChange): RoutingChange<undefined> {
    this.composer.check(state, { ...state, entries: state.entries.filter(({ id }) => id !== entry.id) }, ['nothing']);
    const { request, action, details } = audit;
    return { remove: entry, audit: auditEntry(request, { action, target: entry.name, details }), result: undefined };
  }
}

/** What an entry begins with that is made now. */
export function newEntry(name: string): Omit<EntryOf<RoutingKind>, 'kind' | 'settings' | 'secrets'> {
  const now = new Date();
  return { id: uuidv7(), name, createdAt: now, updatedAt: now, version: 1 };
}

/** The entry as it is from now on, but for what changes in it. */
export function nextOf<Entry extends RoutingEntry>(entry: Entry): Entry {
  return { ...entry, updatedAt: new Date(), version: entry.version + 1 };
}

/** @throws GatewayError `not_found` */
export function storedEntry<Kind extends RoutingKind>(state: RoutingState, kind: Kind, name: string): EntryOf<Kind> {
  const found = entriesOf(state, kind).find((entry) => entry.name === name);
  if (found === undefined) throw new GatewayError('not_found');
  return found;
}
