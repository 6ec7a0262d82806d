import { type Socket } from 'node:net';
import { Injectable } from '@nestjs/common';
import { GatewayError } from '../errors/gateway-error.js';
import { type CallContext } from '../events/call-context.js';

/**
 * Cancels calls whose client has gone. One listener for each connection, which serves many requests: adding and taking
 * back one for each request costs several times as much.
 */
@Injectable()
export class ClientConnections {
  private readonly calls = new WeakMap<Socket, Set<CallContext>>();

  /** From now on the call is cancelled when the connection closes; at once where it has already. */
  watch(socket: Socket, call: CallContext): void {
    let calls = this.calls.get(socket);
    if (calls === undefined) {
      calls = new Set();
      this.calls.set(socket, calls);
      this.listen(socket, calls);
    }
    calls.add(call);
    if (socket.destroyed) leave(call);
  }

  /** The call is over. */
  release(socket: Socket, call: CallContext): void {
    this.calls.get(socket)?.delete(call);
  }

  private listen(socket: Socket, calls: ReadonlySet<CallContext>): void {
    socket.once('close', () => {
      for (const call of calls) leave(call);
    });
  }
}

function leave(call: CallContext): void {
  call.cancellation.cancel(new GatewayError('client_closed_request'));
}
