import { HttpConnection } from './http-connection.mjs';

/**
 * @typedef {{ url: string, headers: Record<string, string>, body: string, expectDone?: boolean, keys?: readonly string[] }} LoadRequest
 *   `expectDone`: the answer is an event stream, and is whole only with `data: [DONE]`; `keys`: of clients, taken in turn
 */

/** The bytes of a request, one for each of its keys. @param {LoadRequest} request @returns {Buffer[]} */
export function requestVariants({ keys, ...request }) {
  if (keys === undefined) return [requestBytes(request)];
  return keys.map((key) =>
    requestBytes({ ...request, headers: { ...request.headers, authorization: `Bearer ${key}` } }),
  );
}

/** @param {LoadRequest} request */
export function requestBytes({ url, headers, body }) {
  const { host, pathname, search } = new URL(url);
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const length = Buffer.byteLength(body);
  return Buffer.from(
    `POST ${pathname}${search} HTTP/1.1\r\nhost: ${host}\r\n${lines.join('')}content-length: ${length}\r\n\r\n${body}`,
  );
}

/** @param {LoadRequest} request */
export function newConnection({ url, expectDone }) {
  const { hostname, port } = new URL(url);
  return new HttpConnection(hostname, Number(port), { expectDone: expectDone === true });
}

/** @param {Record<string, number>} errors @param {import('./http-connection.mjs').Outcome} outcome */
export function isGood(errors, { status, error }) {
  if (error === undefined && status >= 200 && status < 300) return true;
  const kind = error ?? `status ${status}`;
  errors[kind] = (errors[kind] ?? 0) + 1;
  return false;
}

/** Whether the promise settled in time. @param {Promise<unknown>} promise @param {number} milliseconds */
export async function within(promise, milliseconds) {
  /** @type {NodeJS.Timeout | undefined} */
  let timer;
  const late = new Promise((resolve) => {
    timer = setTimeout(() => resolve(false), milliseconds);
  });
  const inTime = await Promise.race([promise.then(() => true), late]);
  clearTimeout(timer);
  return inTime === true;
}
