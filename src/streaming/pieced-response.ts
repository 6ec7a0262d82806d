import { type ServerResponse } from 'node:http';
import { type CallContext } from '../events/call-context.js';
import { limitStall } from './stalled-client.js';

/** The most that is written in one turn of the event loop: a client that is near takes more than others can wait for. */
const MAX_TURN_BYTES = 1024 * 1024;

/**
 * Writes the rest of an answer in pieces, no faster than the client reads, and ends it.
 * @returns when the last piece is handed over, or the call is cancelled.
 */
export function sendPieces(
  response: ServerResponse,
  { cancellation }: Pick<CallContext, 'cancellation'>,
  pieces: readonly Buffer[],
  stallTimeout: number,
): Promise<void> {
  return new Promise((resolve) => {
    const unlink = cancellation.onCancel(() => {
      response.destroy();
      resolve();
    });
    let next = 0;
    const turn = (): void => {
      if (cancellation.cancelled) return;
      // What goes in one turn goes in one write.
      response.cork();
      let bytes = 0;
      let isFull = false;
      for (let piece = pieces[next]; piece !== undefined && bytes < MAX_TURN_BYTES; piece = pieces[++next]) {
        isFull = !response.write(piece);
        bytes += piece.length;
      }
      if (next < pieces.length) {
        if (isFull) response.once('drain', () => setImmediate(turn));
        else setImmediate(turn);
        response.uncork();
      } else {
        response.end();
        unlink();
        resolve();
      }
      limitStall(response, stallTimeout);
    };
    turn();
  });
}
