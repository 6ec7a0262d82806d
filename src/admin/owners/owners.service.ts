import { Inject, Injectable } from '@nestjs/common';
import { type KeyOwner } from '../../auth/api-key.repository.js';
import { ChangeFeed } from '../../auth/change-feed.js';
import { ownerId } from '../../auth/owners.js';
import { checkKeySettings } from '../../config/key-checks.js';
import { GatewayError } from '../../errors/gateway-error.js';
import { GATEWAY_SETTINGS, type GatewaySettings } from '../../gateway.settings.js';
import { OwnerSettings, TeamSettings } from '../../owner.options.js';
import { RoutingSettings } from '../../routing.settings.js';
import { auditEntry } from '../admin-audit.js';
import { type AdminRequest } from '../administrator.js';
import { DEFAULT_LIMIT, pageOf } from '../page.js';
import { type Precondition } from '../preconditions.js';
import { patched, refuse } from '../read-body.js';
import { type AdministeredOwner, OwnerAdministration } from './owner-administration.js';
import { OrganizationBody, type OrganizationsQuery, TeamBody, type TeamsQuery } from './owners.dto.js';

type Kind = KeyOwner['kind'];

const BODIES = { team: TeamBody, organization: OrganizationBody } as const;
const SETTINGS = { team: TeamSettings, organization: OwnerSettings } as const;
const ACTIONS = { team: 'teams', organization: 'organizations' } as const;

/** A team or an organisation as administrators see it. */
export interface ShownOwner extends TeamSettings {
  readonly name: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly version: number;
}

export interface OwnerPage {
  readonly owners: readonly ShownOwner[];
  /** The `cursor` of the page after; `null` where there is none. */
  readonly next: string | null;
}

/** Makes and changes teams and organisations. */
@Injectable()
export class OwnersService {
  constructor(
    @Inject(GATEWAY_SETTINGS) private readonly settings: Pick<GatewaySettings, 'guardrails'>,
    private readonly routing: RoutingSettings,
    private readonly owners: OwnerAdministration,
    private readonly changes: ChangeFeed,
  ) {}

  async find(kind: Kind, name: string): Promise<ShownOwner> {
    return shown(await this.stored(kind, name));
  }

  async list(
    kind: Kind,
    { limit = DEFAULT_LIMIT, cursor, organization }: OrganizationsQuery & TeamsQuery,
  ): Promise<OwnerPage> {
    const found = await this.owners.list({ kind, organization, after: cursor }, limit + 1);
    const { items, next } = pageOf(found, limit, ({ name }) => name);
    return { owners: items.map(shown), next };
  }

  async create(request: AdminRequest, kind: Kind, body: object): Promise<ShownOwner> {
    const { name, ...settings } = this.read({}, body, BODIES[kind]);
    const now = new Date();
    const owner: AdministeredOwner = { kind, name, settings, createdAt: now, updatedAt: now, version: 1 };
    const action = `${ACTIONS[kind]}.create`;
    const entry = auditEntry(request, { action, target: name, details: { after: shown(owner) } });
    if (!(await this.owners.create(owner, entry))) throw new GatewayError('already_exists', { param: 'name' });
    this.tell(owner);
    return shown(owner);
  }

  async patch(
    request: AdminRequest,
    kind: Kind,
    name: string,
    precondition: Precondition,
    patch: object,
  ): Promise<ShownOwner> {
    const owner = await this.stored(kind, name);
    precondition.check(owner);
    const settings = this.read(owner.settings, patch, SETTINGS[kind]);
    const changed = { ...owner, settings, updatedAt: new Date(), version: owner.version + 1 };
    const details = { before: shown(owner), after: shown(changed) };
    const entry = auditEntry(request, { action: `${ACTIONS[kind]}.update`, target: name, details });
    if (!(await this.owners.replace(changed, entry))) throw new GatewayError('precondition_failed');
    this.tell(owner);
    return shown(changed);
  }

  async delete(request: AdminRequest, kind: Kind, name: string, precondition: Precondition): Promise<void> {
    const owner = await this.stored(kind, name);
    precondition.check(owner);
    const details = { before: shown(owner) };
    const entry = auditEntry(request, { action: `${ACTIONS[kind]}.delete`, target: name, details });
    const change = await this.owners.delete(owner, entry);
    if (change === 'in_use') throw new GatewayError('in_use');
    if (change === 'changed') throw new GatewayError('precondition_failed');
    this.tell(owner);
  }

  private tell({ kind, name }: KeyOwner): void {
    this.changes.tell([{ kind: 'owner', subject: ownerId(kind, name) }]);
  }

  private async stored(kind: Kind, name: string): Promise<AdministeredOwner> {
    const owner = await this.owners.find(kind, name);
    if (owner === undefined) throw new GatewayError('not_found');
    return owner;
  }

  private read<Body extends OwnerSettings>(current: object, patch: object, body: new () => Body): Body {
    const read = patched(current, patch, body);
    const { budgets, rateLimits } = read;
    const { guardrails } = this.settings;
    const said = { ...(budgets && { budgets }), ...(rateLimits && { rateLimits }) };
    refuse(checkKeySettings(said, { guardrails, aliases: this.routing.aliases }));
    return read;
  }
}

function shown({ name, settings, createdAt, updatedAt, version }: AdministeredOwner): ShownOwner {
  return { ...settings, name, createdAt, updatedAt, version };
}
