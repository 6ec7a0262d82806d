import { type ServerResponse } from 'node:http';

/**
 * Closes the connection of a client that takes nothing of what waits for it for so long. Whether it takes something is for
 * Node to say, which knows what the kernel has taken of a write that is not over. 0 for no limit.
 */
export function limitStall({ socket }: ServerResponse, milliseconds: number): void {
  if (milliseconds > 0 && socket !== null && socket.writableLength > 0) socket.setTimeout(milliseconds);
}

/** The client has taken everything. When the answer ends Node does this by itself. */
export function forgetStall({ socket }: ServerResponse): void {
  socket?.setTimeout(0);
}
