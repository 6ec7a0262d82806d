import { type CallContext } from '../events/call-context.js';

/** The headers that every answer to a call has: names and values in turn, as `writeHead` takes them quickest. */
export function answerHeaders(call: CallContext): string[] {
  const headers = ['x-request-id', call.requestId];
  const { lastAttempt } = call;
  if (lastAttempt !== undefined) {
    headers.push('x-nestgate-deployment', headerText(lastAttempt.target.id));
    headers.push('x-nestgate-attempts', String(call.attempts.length));
  }
  return headers;
}

/** Names of models come from providers and clients; a header takes printable ASCII only. */
function headerText(text: string): string {
  if (/^[\x20-\x7e]*$/.test(text)) return text;
  // Half of a surrogate pair, which JSON can spell, is refused there; as bytes it becomes the replacement character.
  return encodeURIComponent(Buffer.from(text).toString());
}
