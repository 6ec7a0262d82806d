import { type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import { type Socket } from 'node:net';
import { type Duplex } from 'node:stream';
import { Server as TlsServer } from 'node:tls';
import { Logger } from '@nestjs/common';
import { uuidv7 } from 'uuidv7';
import { type ErrorCode } from '../../errors/error-codes.js';
import { type ErrorForm, OPENAI_ERROR_FORM } from '../../errors/error-form.js';
import { GatewayError } from '../../errors/gateway-error.js';
import { writeError } from '../../errors/openai-error.filter.js';
import { closeGently } from './gentle-close.js';
import { toFallbackError } from './openai-fallback.filter.js';
import { codeOfParserError } from './parser-error.js';
import { findFault } from './request-check.js';

/** An application behind the edge; it calls `unanswered` with the requests, or the errors, that nothing in it answered. */
export type HttpApplication = (
  request: IncomingMessage,
  response: ServerResponse,
  unanswered: (error?: unknown) => void,
) => void;

const logger = new Logger('HttpEdge');

/** Connections on which a request was refused; what follows on them is not read as requests. */
const refused = new WeakSet<Duplex>();

/**
 * The listener for `request`: refuses requests with a faulty head, and hands the others to the application.
 * @param drain tells whether connections end with their answers.
 */
export function createRequestListener(
  application: HttpApplication,
  form: ErrorForm = OPENAI_ERROR_FORM,
  drain: { readonly isAnnounced: boolean } = { isAnnounced: false },
) {
  return (request: IncomingMessage, response: ServerResponse): void => {
    // Without a socket the response waits behind others of its connection. None that cannot be answered is run.
    if (!request.socket.writable || (response.socket === null && refused.has(request.socket))) return;
    if (drain.isAnnounced) response.shouldKeepAlive = false;
    const fault = findFault(request);
    if (fault !== undefined) return refuse(request, response, fault, form);
    application(request, response, (error) => answerLast(response, error, form));
  };
}

/** Answers, in the server's form of errors, what never becomes a `request`. `listener` is the server's own. */
export function attachHttpEdge(
  server: Server,
  listener: ReturnType<typeof createRequestListener>,
  form: ErrorForm = OPENAI_ERROR_FORM,
): void {
  server.on(server instanceof TlsServer ? 'secureConnection' : 'connection', (socket: Socket) => {
    // Node's way to close after `Connection: close`, which resets the connection where an upload goes on.
    socket.destroySoon = () => closeGently(socket);
  });
  server.on('clientError', (error: Error, socket: Duplex) => {
    const code = codeOfParserError(error);
    if (code === undefined) socket.destroy();
    else refuseConnection(socket, code, form);
  });
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    continueWhenRead(request, response);
    listener(request, response);
  });
  server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) => {
    refuse(request, response, findFault(request) ?? 'expectation_failed', form);
  });
  // There is no `upgrade` listener: without one Node reads such a request as the HTTP it also is.
  server.on('connect', (_request: IncomingMessage, socket: Duplex) => {
    // Node has let go of this connection; without a listener a reset would end the process.
    socket.on('error', () => socket.destroy());
    refuseConnection(socket, 'method_not_allowed', form);
  });
}

/** What Nest's own handlers and filters left: errors of middleware, and of the filters themselves. */
function answerLast(response: ServerResponse, thrown: unknown, form: ErrorForm): void {
  const error = thrown === undefined ? new GatewayError('unknown_url') : toFallbackError(thrown);
  const requestId = writeError(response, error, uuidv7(), form);
  if (error.code === 'server_error') logger.error(`Request ${requestId} failed`, error.cause ?? error);
}

function refuse(request: IncomingMessage, response: ServerResponse, code: ErrorCode, form: ErrorForm): void {
  refused.add(request.socket);
  response.setHeader('connection', 'close');
  writeError(response, new GatewayError(code), uuidv7(), form);
}

/** Refuses what is no request, once: the bytes behind it tell of the same error again. */
export function refuseConnection(socket: Duplex, code: ErrorCode, form: ErrorForm): void {
  if (refused.has(socket)) return;
  refused.add(socket);
  answerAfterOthers(socket, code, form);
}

function answerAfterOthers(socket: Duplex, code: ErrorCode, form: ErrorForm): void {
  const due = responseInProgress(socket);
  if (due === undefined) closeGently(socket, rawAnswer(code, form));
  // Its request is whole, so the error is in what follows.
  else if (due.req.complete) due.once('close', () => answerAfterOthers(socket, code, form));
  // Its request went wrong after it was answered.
  else if (due.writableEnded) due.once('close', () => closeGently(socket));
  else if (due.headersSent) socket.destroy();
  // Destroyed at once, so that whoever waits for the rest of the body learns that there is none.
  else socket.end(rawAnswer(code, form), () => socket.destroy());
}

/** Node's own answer to a `clientError` asks the same private field whether an answer has begun. */
export function responseInProgress(
  socket: Duplex & { _httpMessage?: ServerResponse | null },
): ServerResponse | undefined {
  return socket._httpMessage ?? undefined;
}

function rawAnswer(code: ErrorCode, form: ErrorForm): string {
  const error = new GatewayError(code);
  const requestId = uuidv7();
  const body = JSON.stringify(form.bodyOf(error, requestId));
  return [
    `HTTP/1.1 ${error.status} ${STATUS_CODES[error.status] ?? ''}`,
    `date: ${new Date().toUTCString()}`,
    `content-type: ${form.contentType}`,
    `content-length: ${Buffer.byteLength(body)}`,
    `x-request-id: ${requestId}`,
    'connection: close',
    '',
    body,
  ].join('\r\n');
}

/** Asks for the body of an `Expect: 100-continue` only when somebody reads it: who is refused by then sends none. */
function continueWhenRead(request: IncomingMessage, response: ServerResponse): void {
  const read = request._read;
  request._read = (size) => {
    request._read = read;
    if (!response.headersSent) response.writeContinue();
    read.call(request, size);
  };
}
