import { Inject, Injectable } from '@nestjs/common';
import { GatewayError } from '../../errors/gateway-error.js';
import { GATEWAY_SETTINGS, type GatewaySettings } from '../../gateway.settings.js';
import { entriesOf, type EntryOf, type RoutingState, type StoredAlias } from '../../routing/stored-routing.js';
import { type AdminRequest } from '../administrator.js';
import { sortedPage } from '../sorted-page.js';
import { type Precondition } from '../preconditions.js';
import { patched, readBody } from '../read-body.js';
import { newEntry, nextOf, RoutingChanges, storedEntry } from '../routing-changes.js';
import { AliasBody, type AliasesQuery, AliasSettings } from './aliases.dto.js';
import { CONFIGURED, type ShownEntry, STORED } from '../routing-source.js';

/** An alias as administrators see it. */
export interface ShownAlias extends ShownEntry, StoredAlias {}

export interface AliasPage {
  readonly aliases: readonly ShownAlias[];
  /** The `cursor` of the page after; `null` where there is none. */
  readonly next: string | null;
}

/** Makes and changes aliases: other names of models. */
@Injectable()
export class AliasesService {
  constructor(
    @Inject(GATEWAY_SETTINGS) private readonly settings: Pick<GatewaySettings, 'aliases'>,
    private readonly changes: RoutingChanges,
  ) {}

  async find(name: string): Promise<ShownAlias> {
    const model = this.settings.aliases.get(name);
    if (model !== undefined) return shownConfigured([name, model]);
    return shown(storedEntry(await this.changes.read(), 'alias', name));
  }

  async list({ limit, cursor, model, source }: AliasesQuery): Promise<AliasPage> {
    const { aliases } = this.settings;
    const stored = entriesOf(await this.changes.read(), 'alias').filter(({ name }) => !aliases.has(name));
    const all = [...[...aliases].map(shownConfigured), ...stored.map(shown)].filter(
      (one) => (model === undefined || one.model === model) && (source === undefined || one.source === source),
    );
    const { items, next } = sortedPage(all, ({ name }) => name, limit, cursor);
    return { aliases: items, next };
  }

  async create(request: AdminRequest, body: object): Promise<ShownAlias> {
    const { name, ...settings } = readBody(body, AliasBody);
    const made = await this.changes.make((state) => {
      const isTaken = entriesOf(state, 'alias').some((entry) => entry.name === name);
      if (isTaken || this.settings.aliases.has(name)) throw new GatewayError('already_exists', { param: 'name' });
      const entry: EntryOf<'alias'> = { ...newEntry(name), kind: 'alias', settings, secrets: null };
      const details = { after: shown(entry) };
      return this.changes.put(state, entry, ['aliases', name], { request, action: 'aliases.create', details });
    });
    return shown(made);
  }

  async patch(request: AdminRequest, name: string, precondition: Precondition, patch: object): Promise<ShownAlias> {
    const changed = await this.changes.make((state) => {
      const entry = this.changeable(state, name);
      precondition.check(entry);
      const settings = patched(entry.settings, patch, AliasSettings);
      const next = { ...nextOf(entry), settings };
      const details = { before: shown(entry), after: shown(next) };
      return this.changes.put(state, next, ['aliases', name], { request, action: 'aliases.update', details });
    });
    return shown(changed);
  }

  async delete(request: AdminRequest, name: string, precondition: Precondition): Promise<void> {
    await this.changes.make((state) => {
      const entry = this.changeable(state, name);
      precondition.check(entry);
      const details = { before: shown(entry) };
      return this.changes.remove(state, entry, { request, action: 'aliases.delete', details });
    });
  }

  private changeable(state: RoutingState, name: string): EntryOf<'alias'> {
    if (this.settings.aliases.has(name)) throw new GatewayError('read_only');
    return storedEntry(state, 'alias', name);
  }
}

function shown({ name, settings, createdAt, updatedAt, version }: EntryOf<'alias'>): ShownAlias {
  return { ...settings, ...STORED, name, createdAt, updatedAt, version };
}

function shownConfigured([name, model]: readonly [string, string]): ShownAlias {
  return { model, name, ...CONFIGURED };
}
