import { type ServerResponse } from 'node:http';
import { type CallContext } from '../events/call-context.js';
import { headerText, WARNINGS_HEADER, warningsText } from '../protocol/header-text.js';

/** The headers that every answer to a call has: names and values in turn, as `writeHead` takes them quickest. */
export function answerHeaders(call: CallContext): string[] {
  const headers = ['x-request-id', call.requestId];
  const { lastAttempt } = call;
  if (lastAttempt !== undefined) {
    headers.push('x-nestgate-deployment', headerText(lastAttempt.target.id));
    headers.push('x-nestgate-attempts', String(call.attempts.length));
    const { names } = lastAttempt.warnings;
    if (names.length > 0) headers.push(WARNINGS_HEADER, warningsText(names));
  }
  if (call.answerHeaders !== undefined) headers.push(...call.answerHeaders);
  return headers;
}

/** The same on a response that is written in another way. */
export function setAnswerHeaders(response: ServerResponse, call: CallContext): void {
  const headers = answerHeaders(call);
  for (let at = 0; at < headers.length; at += 2) response.setHeader(headers[at] ?? '', headers[at + 1] ?? '');
}
