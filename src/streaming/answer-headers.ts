import { type ServerResponse } from 'node:http';
import { type CallContext } from '../events/call-context.js';

/** The headers that every answer to a call has: names and values in turn, as `writeHead` takes them quickest. */
export function answerHeaders(call: CallContext): string[] {
  const headers = ['x-request-id', call.requestId];
  const { lastAttempt } = call;
  if (lastAttempt !== undefined) {
    headers.push('x-nestgate-deployment', headerText(lastAttempt.target.id));
    headers.push('x-nestgate-attempts', String(call.attempts.length));
    const { names } = lastAttempt.warnings;
    if (names.length > 0) headers.push('x-nestgate-warnings', names.map(warningOf).join(', '));
  }
  if (call.answerHeaders !== undefined) headers.push(...call.answerHeaders);
  return headers;
}

/** A parameter that was left out, its name as a quoted string: clients may have put anything into it. */
function warningOf(name: string): string {
  return `unsupported_parameter; param="${headerText(name).replace(/["\\]/g, '\\$&')}"`;
}

/** The same on a response that is written in another way. */
export function setAnswerHeaders(response: ServerResponse, call: CallContext): void {
  const headers = answerHeaders(call);
  for (let at = 0; at < headers.length; at += 2) response.setHeader(headers[at] ?? '', headers[at + 1] ?? '');
}

/** Names of models come from providers and clients; a header takes printable ASCII only. */
function headerText(text: string): string {
  if (/^[\x20-\x7e]*$/.test(text)) return text;
  // Half of a surrogate pair, which JSON can spell, is refused there; as bytes it becomes the replacement character.
  return encodeURIComponent(Buffer.from(text).toString());
}
