import { type IncomingMessage } from 'node:http';
import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { GatewayError } from '../errors/gateway-error.js';
import { GATEWAY_SETTINGS, type GatewaySettings } from '../gateway.settings.js';
import { nodeRequest, type PlatformRequest } from '../http/node-http.js';
import { ApiKeyAuthenticator } from './api-key-authenticator.js';
import { FailedAuthentications } from './failed-authentications.js';
import { Callers } from './callers.js';
import { type Principal } from './principal.js';
import { type Caller, PrincipalResolver } from './principal-resolver.js';

/** A request that the guard has let in. */
export interface AuthenticatedRequest extends IncomingMessage {
  principal?: Principal;
}

/** The same, as the host's platform hands it over. */
export type GatewayRequest = PlatformRequest<AuthenticatedRequest>;

const ANONYMOUS: Principal = { keyId: null, keyName: 'anonymous', allowedModels: null, settings: {} };

const NO_KEY = 'The Authorization header holds no API key. Send it as: Authorization: Bearer <key>';

/**
 * Lets in who brings a valid key as `Authorization: Bearer <key>`, before anything else of the request is read; or whom
 * the host knows, where it says who calls.
 */
@Injectable()
export class ApiKeyGuard implements CanActivate {
  private readonly callers = new Callers();

  constructor(
    @Inject(GATEWAY_SETTINGS) private readonly settings: GatewaySettings,
    private readonly authenticator: ApiKeyAuthenticator,
    private readonly failures: FailedAuthentications,
    @Inject(PrincipalResolver) private readonly resolver: PrincipalResolver | null,
  ) {}

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const request = nodeRequest(context.switchToHttp().getRequest<GatewayRequest>());
    if (this.resolver !== null) {
      const caller = this.resolver.resolve(context);
      return caller instanceof Promise
        ? caller.then((known) => this.admitCaller(request, known))
        : this.admitCaller(request, caller);
    }
    return this.authenticate(request);
  }

  /**
   * Lets in who brings a valid key, where nobody else says who calls.
   * @throws GatewayError
   */
  authenticate(request: AuthenticatedRequest): true | Promise<true> {
    if (!this.settings.authRequired) return this.admit(request, ANONYMOUS);
    const found = this.authenticator.authenticate(this.keyOf(request));
    return found instanceof Promise
      ? found.then((principal) => this.admit(request, principal))
      : this.admit(request, found);
  }

  /** @throws GatewayError where the request brings no key, or more than one. */
  protected keyOf(request: IncomingMessage): string {
    // Node keeps the first of two: somebody before us may have looked at the second.
    let header: string | undefined;
    const { rawHeaders } = request;
    for (let at = 0; at < rawHeaders.length; at += 2) {
      const name = rawHeaders[at];
      if (name?.length !== 13 || name.toLowerCase() !== 'authorization') continue;
      if (header !== undefined) throw new GatewayError('duplicate_header');
      header = rawHeaders[at + 1];
    }
    if (header === undefined) throw new GatewayError('missing_api_key');
    const key = header.slice(0, 7).toLowerCase() === 'bearer ' ? header.slice(7).trim() : '';
    // A variable that was not set, or the word left out: nobody has tried a key.
    if (key === '') throw new GatewayError('invalid_api_key', { message: NO_KEY });
    return key;
  }

  private admitCaller(request: AuthenticatedRequest, caller: Caller | undefined): true {
    const principal = caller && this.callers.principalOf(caller);
    if (principal === undefined || isElsewhere(principal, request)) throw new GatewayError('unauthenticated');
    request.principal = principal;
    return true;
  }

  private admit(request: AuthenticatedRequest, principal: Principal | undefined): true {
    if (principal === undefined || isElsewhere(principal, request)) {
      this.failures.count(request.socket.remoteAddress ?? '');
      // Whoever has found a key is not told what it would take to use it.
      throw new GatewayError('invalid_api_key');
    }
    request.principal = principal;
    return true;
  }
}

function isElsewhere({ ipRanges }: Principal, { socket }: AuthenticatedRequest): boolean {
  return ipRanges !== undefined && !ipRanges.include(socket.remoteAddress);
}
