import { createHmac } from 'node:crypto';
import { type Authorize } from '../../src/index.js';

/** Acme wants each request signed with the key. */
export function signedWith(key: string): Authorize {
  return (request) => {
    const body = typeof request.body === 'function' ? '' : (request.body ?? '');
    const signature = createHmac('sha256', key).update(request.path).update(body).digest('hex');
    return Promise.resolve({ ...request, headers: { ...request.headers, 'x-acme-signature': signature } });
  };
}
