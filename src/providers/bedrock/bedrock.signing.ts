import { createHash } from 'node:crypto';
import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';
import { headerValue, type UpstreamRequest, type UpstreamResponse } from '../../upstream/upstream-request.js';
import { type AwsCredentials } from './bedrock.credentials.js';

/** The name by which Bedrock's services know each other's signatures. */
const SERVICE = 'bedrock';

/** AWS takes requests that are up to five minutes off, in milliseconds. */
const TOLERATED_SKEW = 4 * 60_000;

/** What AWS says of a signature of the wrong time; of some it may be wrong for other reasons. */
const CLOCK_CODES: ReadonlySet<string> = new Set([
  'InvalidSignatureException',
  'RequestExpired',
  'RequestInTheFuture',
  'RequestTimeTooSkewed',
  'SignatureDoesNotMatch',
]);

/**
 * Signs requests with Signature Version 4.
 *
 * Signed are the host, the type and hash of the body, and what AWS itself reads: any other header may be changed by a
 * proxy on the way. The path is signed with each segment encoded once more than it is sent, as every service but S3
 * wants it.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export class RequestSigner {
  private readonly signer: SignatureV4;
  /** Milliseconds that AWS is ahead of this machine. */
  private clockOffset = 0;

  /** @param now milliseconds since 1970. */
  constructor(
    region: string,
    credentials: () => Promise<AwsCredentials>,
    private readonly now: () => number = Date.now,
  ) {
    this.signer = new SignatureV4({
      service: SERVICE,
      region,
      credentials: async () => withoutExpiration(await credentials()),
      sha256: Sha256,
      applyChecksum: false,
    });
  }

  async sign(request: UpstreamRequest): Promise<UpstreamRequest> {
    const { origin, method, headers, body = '' } = request;
    const { host, hostname, protocol } = new URL(origin);
    const [path = '', query = ''] = request.path.split('?');
    const type = headers['content-type'];
    const { headers: signed } = await this.signer.sign(
      {
        method,
        protocol,
        hostname,
        path,
        query: Object.fromEntries(new URLSearchParams(query)),
        headers: {
          host,
          // Node's own hash takes a tenth of the time that one in JavaScript takes for a body with images.
          'x-amz-content-sha256': createHash('sha256')
            .update(typeof body === 'function' ? '' : body)
            .digest('hex'),
          ...(type === undefined ? {} : { 'content-type': type }),
        },
      },
      { signingDate: new Date(this.now() + this.clockOffset) },
    );
    return { ...request, headers: { ...headers, ...signed } };
  }

  /**
   * Learns from an error what time it is at AWS.
   * @returns whether this machine's clock was the matter: the next request is signed by the right time.
   */
  correctClock({ headers }: UpstreamResponse, code: string | null): boolean {
    if (code === null || !CLOCK_CODES.has(code)) return false;
    const offset = Date.parse(headerValue(headers, 'date') ?? '') - this.now();
    // What cannot be read is no number, and not greater.
    if (!(Math.abs(offset - this.clockOffset) > TOLERATED_SKEW)) return false;
    this.clockOffset = offset;
    return true;
  }
}

/** The signer would have an opinion on when they end, by this machine's clock. */
function withoutExpiration({ accessKeyId, secretAccessKey, sessionToken }: AwsCredentials): {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
} {
  return { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
}
