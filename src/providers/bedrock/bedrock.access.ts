import { type GatewayError } from '../../errors/gateway-error.js';
import { UpstreamError } from '../../errors/upstream-error.js';
import { type UpstreamResponse } from '../../upstream/upstream-request.js';
import { type Authorize } from '../http-capability.js';
import { type CredentialStore } from './bedrock.credentials.js';
import { errorCode, toBedrockError } from './bedrock.errors.js';
import { RequestSigner } from './bedrock.signing.js';

/** How requests get in, and what refusals teach. */
export interface BedrockAccess {
  /** `undefined` where a key goes along in the headers. */
  readonly authorize: Authorize | undefined;
  toError(response: UpstreamResponse): GatewayError;
}

export const KEY_ACCESS: BedrockAccess = { authorize: undefined, toError: toBedrockError };

/**
 * By signature. A refusal for expired credentials, where others can be had, or for the time of the request becomes an
 * error that is tried again: then with new credentials, or by AWS's clock.
 */
export function signedAccess(region: string, credentials: CredentialStore): BedrockAccess {
  const signer = new RequestSigner(region, () => credentials.get());
  return {
    authorize: (request) => signer.sign(request),
    toError: (response) => {
      const error = toBedrockError(response);
      const code = errorCode(response);
      if (code !== null && EXPIRED_CODES.has(code) && credentials.forget()) {
        return passing('The provider refused its credentials as expired; others have been asked for.', error);
      }
      if (signer.correctClock(response, code)) {
        return passing('The provider refused the time of the request; the clock has been corrected.', error);
      }
      return error;
    },
  };
}

const EXPIRED_CODES: ReadonlySet<string> = new Set(['ExpiredTokenException', 'ExpiredToken']);

/** Without a status, so that it is tried again. */
function passing(message: string, cause: UpstreamError): UpstreamError {
  return new UpstreamError('upstream_unreachable', { message, cause });
}
