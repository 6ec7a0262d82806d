import { type Socket } from 'node:net';
import { Injectable } from '@nestjs/common';
import { GatewayError } from '../errors/gateway-error.js';
import { type CallContext } from '../events/call-context.js';

const CALLS = Symbol('nestgate.calls');

/** A client's connection, with its calls under way: more than one only where a client sends ahead of the answers. */
interface ClientSocket extends Socket {
  [CALLS]?: CallContext[];
}

/**
 * Cancels calls whose client has gone. One listener for each connection, which serves many requests: adding and taking
 * back one for each request costs several times as much.
 */
@Injectable()
export class ClientConnections {
  /** From now on the call is cancelled when the connection closes; at once where it has already. */
  watch(socket: ClientSocket, call: CallContext): void {
    const calls = (socket[CALLS] ??= callsOf(socket));
    calls.push(call);
    if (socket.destroyed) leave(call);
  }

  /** The call is over. */
  release(socket: ClientSocket, call: CallContext): void {
    const calls = socket[CALLS];
    const place = calls?.indexOf(call) ?? -1;
    if (place >= 0) calls?.splice(place, 1);
  }
}

function callsOf(socket: Socket): CallContext[] {
  const calls: CallContext[] = [];
  socket.once('close', () => calls.forEach(leave));
  return calls;
}

function leave(call: CallContext): void {
  call.cancellation.cancel(new GatewayError('client_closed_request'));
}
