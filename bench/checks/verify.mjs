import { newConnection, requestBytes } from '../load/request.mjs';
import { CHAT_PATH } from '../requests.mjs';

const PATIENCE_MS = 60_000;

/**
 * One request before the load: the answer must be the mock's, whole.
 * @param {string} name of the subject
 * @param {import('../load/request.mjs').LoadRequest} request
 * @param {import('./answers.mjs').Check} check
 */
export async function verifyAnswer(name, { url, headers, body }, check) {
  const response = await fetch(url, { method: 'POST', headers, body, signal: AbortSignal.timeout(PATIENCE_MS) });
  const text = await response.text();
  /** @param {string} what */
  const fail = (what) => {
    throw new Error(`The answer of ${name} ${what}: status ${response.status}, ${text.slice(0, 500)}`);
  };
  if (response.status !== 200) fail('is none');
  let problem;
  try {
    problem = check(text);
  } catch (error) {
    problem = String(error);
  }
  if (problem !== undefined) fail(problem);
}

/** A key that is not known must be refused. @param {string} name @param {string} origin @param {string} body */
export async function verifyKeysAreChecked(name, origin, body) {
  const headers = { 'content-type': 'application/json', authorization: 'Bearer sk-bench-this-key-is-not-known-0000' };
  const response = await fetch(origin + CHAT_PATH, {
    method: 'POST',
    headers,
    body,
    signal: AbortSignal.timeout(PATIENCE_MS),
  });
  await response.arrayBuffer();
  if (response.status !== 401) throw new Error(`${name} answered ${response.status} to an unknown key, not 401.`);
}

/**
 * How many bytes one whole answer has on the wire, head and framing included: the measure for truncated answers.
 * @param {import('../load/request.mjs').LoadRequest} request
 * @returns {Promise<number>}
 */
export async function answerBytes(request) {
  const connection = newConnection(request);
  await connection.open();
  const outcome = await new Promise((resolve) => connection.send(requestBytes(request), resolve));
  connection.close();
  if (outcome.error !== undefined || outcome.status !== 200) {
    throw new Error(`${request.url} gave ${outcome.error ?? `status ${outcome.status}`} to a single request.`);
  }
  return outcome.bytes;
}
