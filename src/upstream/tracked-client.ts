import { type Socket } from 'node:net';
import { type buildConnector, Client, type Dispatcher } from 'undici';

/** The connection of a client of undici's, as it is at the moment. */
export interface Connection {
  socket: Socket | undefined;
  /** It has been open for so long that its host may be elsewhere by now. */
  isOld: boolean;
}

/** Milliseconds; with what an address is known for, a host that moves is followed within a minute. */
const MAX_AGE_MS = 45_000;

/** Options of a dispatch that say whose it is: undici puts something else in place of the handler. */
export interface TrackedDispatch extends Dispatcher.DispatchOptions {
  readonly exchange: { connection: Connection | undefined };
}

/** A client of undici's that tells each exchange over which connection it goes. */
export class TrackedClient extends Client {
  private readonly connection: Connection;

  constructor(origin: URL, options: Client.Options & { connect: buildConnector.connector }) {
    const connection: Connection = { socket: undefined, isOld: false };
    const { connect } = options;
    super(origin, {
      ...options,
      connect: (to, done) =>
        connect(to, (...result) => {
          connection.socket = result[1] ?? undefined;
          connection.isOld = false;
          if (connection.socket !== undefined) age(connection, connection.socket);
          done(...result);
        }),
    });
    this.connection = connection;
  }

  override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    if (isTracked(options)) options.exchange.connection = this.connection;
    // Nothing is under way on it: the request is sent on a new one.
    if (this.connection.isOld && this.stats.size === 0) this.connection.socket?.destroy();
    return super.dispatch(options, handler);
  }
}

function age(connection: Connection, socket: Socket): void {
  const timer = setTimeout(() => (connection.isOld = true), MAX_AGE_MS).unref();
  socket.once('close', () => clearTimeout(timer));
}

function isTracked(options: Dispatcher.DispatchOptions): options is TrackedDispatch {
  return 'exchange' in options;
}
