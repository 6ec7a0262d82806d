import { type IncomingMessage, type ServerResponse } from 'node:http';
import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { uuidv7 } from 'uuidv7';
import { ApiKeyAuthenticator } from '../auth/api-key-authenticator.js';
import { FailedAuthentications } from '../auth/failed-authentications.js';
import { GatewayError } from '../errors/gateway-error.js';
import { AdminAuthenticator } from './admin-authenticator.js';
import { type AdminScope, scopesOf } from './admin-scopes.js';
import { type AdminRequest, type AskingAdministrator } from './administrator.js';
import { NeedsScope } from './needs-scope.decorator.js';

/**
 * Lets in who brings an administrator's token as `Authorization: Bearer <token>` that may do what the route needs, before
 * anything else is read.
 */
@Injectable()
export class AdminGuard implements CanActivate {
  constructor(
    private readonly administrators: AdminAuthenticator,
    private readonly clients: ApiKeyAuthenticator,
    private readonly failures: FailedAuthentications,
    private readonly reflector: Reflector,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<AdminRequest>();
    const response = context.switchToHttp().getResponse<ServerResponse>();
    request.requestId = uuidv7();
    response.setHeader('x-request-id', request.requestId);
    response.setHeader('cache-control', 'no-store');
    const token = tokenOf(request);
    const administrator = await this.administrators.authenticate(token);
    if (administrator === undefined) {
      this.failures.count(request.socket.remoteAddress ?? '');
      // Who mixes the two up is told so; the key is good for nothing here either way.
      if ((await this.clients.authenticate(token)) !== undefined) throw new GatewayError('forbidden');
      response.setHeader('www-authenticate', 'Bearer');
      throw new GatewayError('invalid_admin_token');
    }
    this.checkScope(administrator, context, response);
    request.administrator = administrator;
    return true;
  }

  /** @throws GatewayError `insufficient_scope`, also where the route does not say what it needs. */
  private checkScope({ grant }: AskingAdministrator, context: ExecutionContext, response: ServerResponse): void {
    const needed = this.reflector.get(NeedsScope, context.getHandler()) as AdminScope | undefined;
    if (needed === undefined) throw new GatewayError('insufficient_scope');
    if (scopesOf(grant).includes(needed)) return;
    response.setHeader('www-authenticate', `Bearer error="insufficient_scope", scope="${needed}"`);
    throw new GatewayError('insufficient_scope', { message: `The token lacks the scope ${needed}.` });
  }
}

/** @throws GatewayError where the request brings no token. */
function tokenOf({ headers }: IncomingMessage): string {
  const { authorization } = headers;
  if (authorization === undefined) throw new GatewayError('missing_admin_token');
  return /^bearer +(\S+)$/i.exec(authorization)?.[1] ?? '';
}
