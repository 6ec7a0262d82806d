import { type EventEmitter } from 'node:events';
import { QueryFailedError } from 'typeorm';

const LOST_CODES: ReadonlySet<unknown> = new Set(['57P01', '57P02', 'ECONNRESET', 'EPIPE']);
// node-postgres gives these no code. One that was not made in time never stood.
const LOST_MESSAGE =
  /^(?:Connection terminated(?! due to connection timeout)|Client has encountered a connection error)/;
const ATTEMPTS = 4;

/**
 * Runs an operation again when a connection that stood was lost under it: after a failover or a restart the pool may
 * hold several dead connections that it has not noticed yet. Only for operations that may run twice. A server that
 * cannot be reached at all fails at once.
 */
export async function retryOnLostConnection<T>(operation: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await operation();
    } catch (error) {
      if (attempt === ATTEMPTS || !isLostConnection(error)) {
        throw error;
      }
    }
    // The pool drops a dead connection when it hears of its end, which takes a turn of the event loop.
    await new Promise((resolve) => setTimeout(resolve, 10 * attempt));
  }
}

/**
 * For the pool's `onConnect`. A connection that is lost while somebody has it, and no query is under way, tells nobody
 * but its own listeners, and without one the process would end. Whoever has it hears of the loss by the next query.
 */
export function outliveErrors(connection: EventEmitter): void {
  connection.on('error', () => undefined);
}

/** Postgres's code of an error; empty for errors of others. */
export function errorCode(error: unknown): string {
  const cause: unknown = error instanceof QueryFailedError ? error.driverError : error;
  return cause instanceof Error && 'code' in cause ? String(cause.code) : '';
}

/** Whether Postgres refused what was sent (classes 22 and 23 of its error codes), and would again. */
export function isDataError(error: unknown): boolean {
  return /^2[23]/.test(errorCode(error));
}

export function isLostConnection(error: unknown): boolean {
  const cause: unknown = error instanceof QueryFailedError ? error.driverError : error;
  if (!(cause instanceof Error)) {
    return false;
  }
  return ('code' in cause && LOST_CODES.has(cause.code)) || LOST_MESSAGE.test(cause.message);
}
