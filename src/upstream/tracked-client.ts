import { type Socket } from 'node:net';
import { type buildConnector, Client, type Dispatcher } from 'undici';

/** The connection of a client of undici's, as it is at the moment. */
export interface Connection {
  socket: Socket | undefined;
}

/** Options of a dispatch that say whose it is: undici puts something else in place of the handler. */
export interface TrackedDispatch extends Dispatcher.DispatchOptions {
  readonly exchange: { connection: Connection | undefined };
}

/** A client of undici's that tells each exchange over which connection it goes. */
export class TrackedClient extends Client {
  private readonly connection: Connection;

  constructor(origin: URL, options: Client.Options & { connect: buildConnector.connector }) {
    const connection: Connection = { socket: undefined };
    const { connect } = options;
    super(origin, {
      ...options,
      connect: (to, done) =>
        connect(to, (...result) => {
          connection.socket = result[1] ?? undefined;
          done(...result);
        }),
    });
    this.connection = connection;
  }

  override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    if (isTracked(options)) options.exchange.connection = this.connection;
    return super.dispatch(options, handler);
  }
}

function isTracked(options: Dispatcher.DispatchOptions): options is TrackedDispatch {
  return 'exchange' in options;
}
