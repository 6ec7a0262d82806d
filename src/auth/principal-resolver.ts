import { type ExecutionContext } from '@nestjs/common';
import { type KeyOptions } from '../key.options.js';

/** Who calls, as the host knows it: a name for the usage records, and all that a key of the configuration may say. */
export type Caller = Omit<KeyOptions, 'secret'>;

/**
 * Says who calls, in place of the gateway's keys: the host's own authentication.
 *
 * @example
 * ```ts
 * @Injectable()
 * export class StaffResolver extends PrincipalResolver {
 *   resolve(context: ExecutionContext): Caller | undefined {
 *     const { user } = context.switchToHttp().getRequest<{ user?: Staff }>();
 *     return user && { name: user.login, team: user.department };
 *   }
 * }
 * ```
 * @publicApi
 */
export abstract class PrincipalResolver {
  /**
   * Asked for each request, when the host's own guards have let it in. What is worked out of a caller is kept as long as
   * the object is: who gives the same one for the same caller spares that.
   * @param context as guards have it, with the request of the host's platform.
   * @returns `undefined` for nobody, who is answered 401. To refuse in another way, throw one of Nest's exceptions.
   */
  abstract resolve(context: ExecutionContext): Caller | undefined | Promise<Caller | undefined>;
}
