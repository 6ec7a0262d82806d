import { type Duplex } from 'node:stream';

/** Milliseconds in which a client may read its answer and close. */
const LINGER = 2_000;

const closing = new WeakSet<Duplex>();

/**
 * Ends a connection and discards what still comes for a moment: to close with bytes unread resets the connection,
 * and a client in the middle of an upload would lose the answer that refuses it.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9112#section-9.6
 */
export function closeGently(socket: Duplex, lastBytes?: string): void {
  if (closing.has(socket)) return;
  closing.add(socket);
  socket.end(lastBytes);
  // A body that nobody read may have stopped the reading.
  socket.resume();
  const timer = setTimeout(() => socket.destroy(), LINGER);
  socket.once('close', () => clearTimeout(timer));
}
