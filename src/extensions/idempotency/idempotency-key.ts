import { createHash } from 'node:crypto';
import { type Tenant } from '../../auth/tenant.js';
import { GatewayError } from '../../errors/gateway-error.js';
import { type CallContext } from '../../events/call-context.js';
import { JsonBody } from '../../protocol/json-body.js';
import { MultipartForm } from '../../protocol/multipart-form.js';

export const HEADER = 'idempotency-key';

/** 1 to 255 characters of printable ASCII. */
const KEY = /^[\x20-\x7e]{1,255}$/;

/** @throws GatewayError for a key that is too long, or no plain text. */
export function readKey(header: string | readonly string[]): string {
  if (typeof header === 'string' && KEY.test(header)) return header;
  throw new GatewayError('invalid_idempotency_key', { param: HEADER });
}

/** What a client's key is kept under: the same key of another client is another. */
export function claimId(tenant: Tenant, key: string): Buffer {
  return createHash('sha256')
    .update(JSON.stringify([tenant, key]))
    .digest();
}

/**
 * What is asked, to tell the same request from another: of JSON every byte; of a form its parts, since the boundary
 * between them is another each time.
 */
export async function fingerprintOf({ operation, body }: CallContext): Promise<Buffer> {
  const hash = createHash('sha256').update(`${operation.name}\0`);
  if (body instanceof JsonBody) hash.update(body.bytes);
  else if (body instanceof MultipartForm) {
    for (const { name, fileName, contentType, size, content } of body.parts) {
      hash.update(JSON.stringify([name, fileName, contentType, size]));
      if (Buffer.isBuffer(content)) hash.update(content);
      else for await (const piece of content.read()) hash.update(piece);
    }
  }
  return hash.digest();
}
