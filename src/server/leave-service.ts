import { type INestApplication, Logger } from '@nestjs/common';
import { CallsInFlight } from '../endpoints/calls-in-flight.js';
import { GATEWAY_SETTINGS, type GatewaySettings } from '../gateway.settings.js';
import { NestgateHttpAdapter } from './http/nestgate-http.adapter.js';
import { Readiness } from './readiness.js';

/** Milliseconds that a connection may outlive the calls. */
const LAST_ANSWERS_MS = 1_000;

/**
 * Lets the world know that the server is about to stop, takes requests for a moment yet, and then no new connections. What
 * is under way goes on.
 */
export async function leaveService(application: INestApplication): Promise<void> {
  const calls = application.get(CallsInFlight, { strict: false });
  const { shutdownGrace, shutdownDrain } = application.get<GatewaySettings>(GATEWAY_SETTINGS, { strict: false });
  const http: unknown = application.getHttpAdapter();
  new Logger('Shutdown').log(`Requests are taken for another ${shutdownGrace} ms; ${calls.count} calls are under way`);
  application.get(Readiness, { strict: false }).stop();
  if (http instanceof NestgateHttpAdapter) http.announceClose();
  await calls.close();
  if (http instanceof NestgateHttpAdapter) http.stopListening(shutdownDrain + LAST_ANSWERS_MS);
}
