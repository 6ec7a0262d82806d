import { Inject, Injectable } from '@nestjs/common';
import { GatewayError } from '../../errors/gateway-error.js';
import { GATEWAY_SETTINGS, type GatewaySettings } from '../../gateway.settings.js';
import { type ModelOptions, type ProviderOptions } from '../../provider.options.js';
import { entriesOf, type EntryOf, type RoutingState, type StoredDeployment } from '../../routing/stored-routing.js';
import { type AdminRequest } from '../administrator.js';
import { sortedPage } from '../sorted-page.js';
import { type Precondition } from '../preconditions.js';
import { patched, readBody } from '../read-body.js';
import { newEntry, nextOf, RoutingChanges, storedEntry } from '../routing-changes.js';
import { DeploymentBody, DeploymentSettings, type DeploymentsQuery } from './deployments.dto.js';
import { CONFIGURED, type ShownEntry, STORED } from '../routing-source.js';

/** A deployment as administrators see it. Its name is `<provider>/<model>`. */
export interface ShownDeployment extends ShownEntry, StoredDeployment {}

export interface DeploymentPage {
  readonly deployments: readonly ShownDeployment[];
  /** The `cursor` of the page after; `null` where there is none. */
  readonly next: string | null;
}

/** Makes and changes deployments: models at providers. */
@Injectable()
export class DeploymentsAdministrationService {
  constructor(
    @Inject(GATEWAY_SETTINGS) private readonly settings: Pick<GatewaySettings, 'providers'>,
    private readonly changes: RoutingChanges,
  ) {}

  async find(name: string): Promise<ShownDeployment> {
    const configured = this.configured().find((one) => one.name === name);
    return configured ?? shown(storedEntry(await this.changes.read(), 'deployment', name));
  }

  async list({ limit, cursor, provider, model, source }: DeploymentsQuery): Promise<DeploymentPage> {
    const configured = this.configured();
    const names = new Set(configured.map(({ name }) => name));
    const stored = entriesOf(await this.changes.read(), 'deployment').filter(({ name }) => !names.has(name));
    const all = [...configured, ...stored.map(shown)].filter(
      (one) =>
        (provider === undefined || one.provider === provider) &&
        (model === undefined || one.model === model) &&
        (source === undefined || one.source === source),
    );
    const { items, next } = sortedPage(all, ({ name }) => name, limit, cursor);
    return { deployments: items, next };
  }

  async create(request: AdminRequest, body: object): Promise<ShownDeployment> {
    const settings = readBody(body, DeploymentBody);
    const { provider, model } = settings;
    const name = nameOf(provider, model);
    const made = await this.changes.make((state) => {
      this.assertTakesModels(state, provider);
      const isTaken = [...this.configured(), ...entriesOf(state, 'deployment')].some((one) => one.name === name);
      if (isTaken) throw new GatewayError('already_exists', { param: 'model' });
      const entry: EntryOf<'deployment'> = { ...newEntry(name), kind: 'deployment', settings, secrets: null };
      const details = { after: shown(entry) };
      return this.changes.put(state, entry, placeOf(entry), { request, action: 'deployments.create', details });
    });
    return shown(made);
  }

  async patch(
    request: AdminRequest,
    name: string,
    precondition: Precondition,
    patch: object,
  ): Promise<ShownDeployment> {
    const changed = await this.changes.make((state) => {
      const entry = this.changeable(state, name);
      precondition.check(entry);
      const { provider, model, ...current } = entry.settings;
      const settings = { ...patched(current, patch, DeploymentSettings), provider, model };
      const next = { ...nextOf(entry), settings };
      const details = { before: shown(entry), after: shown(next) };
      return this.changes.put(state, next, placeOf(next), { request, action: 'deployments.update', details });
    });
    return shown(changed);
  }

  async delete(request: AdminRequest, name: string, precondition: Precondition): Promise<void> {
    await this.changes.make((state) => {
      const entry = this.changeable(state, name);
      precondition.check(entry);
      const details = { before: shown(entry) };
      return this.changes.remove(state, entry, { request, action: 'deployments.delete', details });
    });
  }

  private assertTakesModels(state: RoutingState, provider: string): void {
    const configured = this.settings.providers.find(({ name }) => name === provider);
    const stored = entriesOf(state, 'provider').find(({ name }) => name === provider);
    if (configured === undefined && stored === undefined) {
      throw new GatewayError('invalid_value', { message: 'provider names no provider.', param: 'provider' });
    }
    const isOpen = configured === undefined ? stored?.settings.discover === true : configured.models === undefined;
    if (!isOpen) return;
    const message = 'The models of this provider are those that it lists itself: no others are made.';
    throw new GatewayError('routing_conflict', { message, param: 'provider' });
  }

  private changeable(state: RoutingState, name: string): EntryOf<'deployment'> {
    if (this.configured().some((one) => one.name === name)) throw new GatewayError('read_only');
    return storedEntry(state, 'deployment', name);
  }

  private configured(): ShownDeployment[] {
    return this.settings.providers.flatMap((provider) =>
      (provider.models ?? []).map((model) => shownConfigured(provider, model)),
    );
  }
}

function nameOf(provider: string, model: string): string {
  return `${provider}/${model}`;
}

function placeOf({ settings }: EntryOf<'deployment'>): readonly string[] {
  return ['providers', settings.provider, 'models', settings.model];
}

function shown({ name, settings, createdAt, updatedAt, version }: EntryOf<'deployment'>): ShownDeployment {
  return { ...settings, ...STORED, name, createdAt, updatedAt, version };
}

function shownConfigured(
  { name: provider }: ProviderOptions,
  { name: model, ...others }: ModelOptions,
): ShownDeployment {
  return { ...others, provider, model, name: nameOf(provider, model), ...CONFIGURED };
}
