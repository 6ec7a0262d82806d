import { type Server } from 'node:http';
import { type Socket } from 'node:net';
import { Server as TlsServer } from 'node:tls';
import { type ErrorForm } from '../../errors/error-form.js';
import { closeGently } from './gentle-close.js';
import { refuseConnection, responseInProgress } from './http-edge.js';

/** Milliseconds in which a connection without an answer under way may come to have one. */
const LAST_REQUESTS_MS = 2_000;

/** Milliseconds in which the last answers reach their clients. */
const LAST_WORDS_MS = 500;

/** Takes a server out of service: cuts nobody off who is being answered, and lets nobody keep it open. */
export class ServerDrain {
  /** Each answer tells its client to come back over another connection. */
  isAnnounced = false;
  private isStopped = false;
  private readonly sockets = new Set<Socket>();
  private server: Server | undefined;

  constructor(private readonly errorForm: ErrorForm) {}

  /** To be called before the server listens. */
  attach(server: Server): void {
    this.server = server;
    server.on(server instanceof TlsServer ? 'secureConnection' : 'connection', (socket: Socket) => {
      this.sockets.add(socket);
      socket.once('close', () => this.sockets.delete(socket));
    });
  }

  /** From now on no connection outlives its answer. */
  announce(): void {
    if (this.isAnnounced) return;
    this.isAnnounced = true;
    for (const socket of this.sockets) closeAfterAnswer(socket);
  }

  /**
   * Takes no new connections, and closes those that nothing is under way on.
   * @param patience milliseconds after which the others are closed too.
   */
  stop(patience: number): void {
    if (this.isStopped) return;
    this.isStopped = true;
    this.announce();
    const timers = [
      setTimeout(() => this.refuseAll((socket) => responseInProgress(socket) === undefined), LAST_REQUESTS_MS),
      setTimeout(() => this.refuseAll(), patience),
      setTimeout(() => this.sockets.forEach((socket) => socket.destroy()), patience + LAST_WORDS_MS),
    ];
    this.server?.once('close', () => {
      for (const timer of timers) clearTimeout(timer);
    });
    this.server?.close();
  }

  private refuseAll(isMeant: (socket: Socket) => boolean = () => true): void {
    for (const socket of this.sockets) {
      if (!isMeant(socket)) continue;
      // Who has not said anything is not answered.
      if (socket.bytesRead === 0) closeGently(socket);
      else refuseConnection(socket, 'server_shutting_down', this.errorForm);
    }
  }
}

/** What has told its client already that it goes on is closed all the same. */
function closeAfterAnswer(socket: Socket): void {
  const due = responseInProgress(socket);
  if (due === undefined) return;
  if (!due.headersSent) due.shouldKeepAlive = false;
  else {
    due.once('close', () => {
      if (responseInProgress(socket) === undefined) closeGently(socket);
      else closeAfterAnswer(socket);
    });
  }
}
