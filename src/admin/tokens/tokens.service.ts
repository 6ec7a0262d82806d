import { Inject, Injectable } from '@nestjs/common';
import { GatewayError } from '../../errors/gateway-error.js';
import { ADMIN_SETTINGS, type AdminSettings } from '../admin.settings.js';
import { auditEntry } from '../admin-audit.js';
import { type AdminGrant, mayGrant } from '../admin-scopes.js';
import { ADMIN_TOKEN } from '../admin-token.js';
import { AdminTokenRepository, type StoredAdminToken } from '../admin-token.repository.js';
import { type AdminRequest, type AskingAdministrator } from '../administrator.js';
import { DEFAULT_LIMIT, pageOf } from '../page.js';
import { readBody } from '../read-body.js';
import { auditedToken, type NewlyShownToken, type ShownToken, shownToken } from './shown-token.js';
import { TokenBody, type TokensQuery } from './tokens.dto.js';

export interface TokenPage {
  readonly tokens: readonly ShownToken[];
  /** The `cursor` of the page after; `null` where there is none. */
  readonly next: string | null;
}

/** Makes and revokes tokens of administrators. Nobody gives, or takes, what he has not himself. */
@Injectable()
export class TokensService {
  constructor(
    @Inject(ADMIN_SETTINGS) private readonly settings: Pick<AdminSettings, 'digests'>,
    private readonly tokens: AdminTokenRepository,
  ) {}

  async find(id: string): Promise<ShownToken> {
    return shownToken(await this.stored(id));
  }

  async list({ limit = DEFAULT_LIMIT, cursor, grantedBy }: TokensQuery): Promise<TokenPage> {
    const found = await this.tokens.list({ grantedBy, before: cursor }, limit + 1);
    const { items, next } = pageOf(found, limit, ({ id }) => id);
    return { tokens: items.map(shownToken), next };
  }

  async create(request: AdminRequest, body: object): Promise<NewlyShownToken> {
    const { name, expiresAt, ...said } = readBody(body, TokenBody);
    const { administrator } = request;
    const grant = grantOf(said, administrator);
    const { id, token: secret } = ADMIN_TOKEN.generate();
    const token: StoredAdminToken = {
      ...grant,
      id,
      name,
      digest: this.settings.digests.of(secret),
      grantedBy: administrator.tokenId,
      createdAt: new Date(),
      expiresAt: endOf(expiresAt, administrator),
      disabledAt: null,
    };
    const entry = auditEntry(request, { action: 'tokens.create', target: id, details: { after: auditedToken(token) } });
    if (!(await this.tokens.create(token, entry))) throw new GatewayError('server_error');
    return { ...shownToken(token), secret };
  }

  /** Refuses it for good, from the next request on. What was made with it stays. */
  async revoke(request: AdminRequest, id: string): Promise<void> {
    const token = await this.stored(id);
    const { grant, tokenId } = request.administrator;
    if (!mayGrant(grant, token)) {
      throw new GatewayError('insufficient_scope', { message: 'A token revokes no other that may more.' });
    }
    if (token.disabledAt !== null) return;
    const revoked = { ...token, disabledAt: new Date() };
    const details = { before: auditedToken(token), after: auditedToken(revoked) };
    const entry = auditEntry(request, { action: 'tokens.revoke', target: id, details });
    // The one of the environment is an owner's too, which nobody can revoke.
    const revocation = await this.tokens.revoke(revoked, entry, tokenId !== null);
    if (revocation === 'last_owner') throw new GatewayError('last_owner');
  }

  private async stored(id: string): Promise<StoredAdminToken> {
    const token = await this.tokens.findById(id);
    if (token === undefined) throw new GatewayError('not_found');
    return token;
  }
}

/** @throws GatewayError where it is not one thing or the other, or more than the administrator may. */
function grantOf({ role, scopes }: Pick<TokenBody, 'role' | 'scopes'>, { grant }: AskingAdministrator): AdminGrant {
  if (role === undefined && scopes === undefined) {
    throw new GatewayError('missing_required_parameter', {
      message: 'Say what it may, by role or scopes.',
      param: 'role',
    });
  }
  if (role !== undefined && scopes !== undefined) {
    throw new GatewayError('invalid_value', { message: 'A token has either a role or scopes.', param: 'scopes' });
  }
  const wanted: AdminGrant = { role: role ?? null, scopes: scopes ?? null };
  if (mayGrant(grant, wanted)) return wanted;
  throw new GatewayError('insufficient_scope', {
    message: 'A token grants no scope that it lacks itself, and no role but as an owner.',
    param: role === undefined ? 'scopes' : 'role',
  });
}

/** @throws GatewayError where it is over, or later than that of the administrator's own token. */
function endOf(wanted: string | undefined, { expiresAt: own }: AskingAdministrator): Date | null {
  if (wanted === undefined) return own;
  const end = new Date(wanted);
  if (end.getTime() <= Date.now()) {
    throw new GatewayError('invalid_value', { message: 'expiresAt is over.', param: 'expiresAt' });
  }
  if (own !== null && end > own) {
    throw new GatewayError('insufficient_scope', {
      message: 'A token grants nothing for longer than it is good itself.',
      param: 'expiresAt',
    });
  }
  return end;
}
