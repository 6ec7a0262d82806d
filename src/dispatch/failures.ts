import { type GatewayError } from '../errors/gateway-error.js';
import { UpstreamError } from '../errors/upstream-error.js';

/** What a provider says of the key it was asked with. */
export type KeyTrouble =
  /** It does not know the key, or the account behind it has nothing left. */
  | 'refused'
  /** The key may not, or nobody may: that shows when another has been tried. */
  | 'forbidden'
  /** It has done enough for the moment. */
  | 'limited';

/** How some tell with another status that a key is not valid, or that its account has used up what it paid for. */
const REFUSING_CODES: ReadonlySet<string | null> = new Set(['API_KEY_INVALID', 'insufficient_quota']);

/** @returns what is the matter with the key, where it is the key. */
export function keyTrouble(error: GatewayError): KeyTrouble | undefined {
  if (!(error instanceof UpstreamError)) return undefined;
  const { upstreamStatus, code } = error;
  if (upstreamStatus === 401 || upstreamStatus === 402 || REFUSING_CODES.has(code)) return 'refused';
  if (upstreamStatus === 403) return 'forbidden';
  return upstreamStatus === 429 ? 'limited' : undefined;
}

/**
 * @returns whether an error says that the deployment is not well. One that is of the request or of the key does not; nor
 * does a limit that the provider says the end of.
 */
export function isDeploymentFailure(error: GatewayError): boolean {
  if (!(error instanceof UpstreamError)) return false;
  const { upstreamStatus, retryAfter = 0 } = error;
  if (upstreamStatus === undefined) return true;
  const trouble = keyTrouble(error);
  if (trouble !== undefined) return trouble === 'limited' && retryAfter === 0;
  return upstreamStatus >= 500 && upstreamStatus !== 501;
}
