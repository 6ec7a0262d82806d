import { HttpConnection } from './http-connection.mjs';
import { CHAT_PATH } from './scenarios.mjs';

/**
 * One request before the load: the answer must be the mock's, whole.
 * @param {string} name of the subject
 * @param {string} url @param {Record<string, string>} headers @param {string} body
 * @param {{ stream: boolean, chunks: number }} expected
 */
export async function verifyAnswer(name, url, headers, body, { stream, chunks }) {
  const response = await fetch(url, { method: 'POST', headers, body, signal: AbortSignal.timeout(30_000) });
  const text = await response.text();
  /** @param {string} what */
  const fail = (what) => {
    throw new Error(`${name} ${what}: status ${response.status}, ${text.slice(0, 500)}`);
  };
  if (response.status !== 200) fail('does not answer');
  if (!stream) {
    const answer = JSON.parse(text);
    if (typeof answer.choices?.[0]?.message?.content !== 'string' || answer.usage?.total_tokens !== 332)
      fail('answers wrongly');
    return;
  }
  const events = text.split('\n\n').filter((event) => event !== '');
  if (events.at(-1) !== 'data: [DONE]') fail('does not end its stream');
  const contents = events.slice(0, -1).filter((event) => {
    const [choice] = JSON.parse(event.replace(/^data: /, '')).choices;
    return typeof choice?.delta?.content === 'string' && choice.delta.content !== '';
  });
  if (contents.length !== chunks) fail(`streams ${contents.length} chunks of ${chunks}`);
}

/** A key that is not known must be refused. @param {string} name @param {string} origin @param {string} body */
export async function verifyKeysAreChecked(name, origin, body) {
  const headers = { 'content-type': 'application/json', authorization: 'Bearer sk-bench-this-key-is-not-known-0000' };
  const response = await fetch(origin + CHAT_PATH, {
    method: 'POST',
    headers,
    body,
    signal: AbortSignal.timeout(30_000),
  });
  await response.arrayBuffer();
  if (response.status !== 401) throw new Error(`${name} answered ${response.status} to an unknown key, not 401.`);
}

/**
 * How many bytes one whole answer has on the wire, head and framing included: the measure for truncated answers.
 * @param {string} origin @param {Buffer} request @param {boolean} stream
 * @returns {Promise<number>}
 */
export async function answerBytes(origin, request, stream) {
  const { hostname, port } = new URL(origin);
  const connection = new HttpConnection(hostname, Number(port), { expectDone: stream });
  await connection.open();
  const outcome = await new Promise((resolve) => connection.send(request, resolve));
  connection.close();
  if (outcome.error !== undefined || outcome.status !== 200) {
    throw new Error(`${origin} gave ${outcome.error ?? `status ${outcome.status}`} to a single request.`);
  }
  return outcome.bytes;
}
