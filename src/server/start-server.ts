import { type INestApplication, Logger } from '@nestjs/common';
import { tokenDigests } from '../admin/admin-token.js';
import { FirstAdminToken } from '../admin/first-admin-token.js';
import { AppModule } from '../app.module.js';
import { ModelRouter } from '../dispatch/model-router.js';
import { DatabaseConnection } from '../persistence/database-connection.js';
import { createAdministration } from './administration.js';
import { type ServerConfiguration } from './configuration/server-configuration.js';
import { loadMasterKey, otherMasterKeys } from './configuration/master-key.js';
import { createApplication } from './create-application.js';
import { CallsInFlight } from '../endpoints/calls-in-flight.js';
import { MetricsService } from '../extensions/metrics/metrics.service.js';
import { FirstKey } from './first-key.js';
import { leaveService } from './leave-service.js';
import { PinoLogger } from './pino-logger.js';
import { TraceExport } from './trace-export.js';
import { type WorkerLink } from './workers/worker-link.js';

/** What is made where there is none, and shown this once. */
export interface FirstSecrets {
  /** The key that was made because there was none. */
  readonly firstKey: string | undefined;
  /** Likewise the token of the administrator. */
  readonly firstAdminToken: string | undefined;
}

export interface StartedServer extends FirstSecrets {
  readonly application: INestApplication;
  readonly url: string;
  /** Where it is administered; `undefined` for a worker that leaves that to another. */
  readonly adminUrl: string | undefined;
  /** Those that are made when Postgres is there, where the start went on without it. */
  readonly later?: Promise<FirstSecrets> | undefined;
  /** Any model that can be asked for; `undefined` while no provider has told one. */
  readonly firstModel: string | undefined;
  /** Stops both; the administration last, so that metrics can be read until the end. */
  close(): Promise<void>;
}

/**
 * Starts the standalone server.
 * @param link to the other processes, where it is one worker of several.
 * @throws ConfigurationError, EmbeddedPostgresError, and what Postgres or the port's owner have against it.
 */
export async function startServer(configuration: ServerConfiguration, link?: WorkerLink): Promise<StartedServer> {
  const logger = new PinoLogger(configuration.logLevel);
  Logger.overrideLogger(logger.nestLevels);
  const masterKey = loadMasterKey(configuration);
  const { traces: destination, gateway } = configuration;
  const traces =
    destination === undefined || gateway.tracing?.enabled === false
      ? undefined
      : await TraceExport.start(destination, gateway.tracing?.sampling ?? 1);
  // Those who share a Redis keep their limits there, with the gateways of other machines.
  const limiter = gateway.redis === undefined ? link?.limiter : undefined;
  const application = await createApplication(AppModule.forRoot(configuration, masterKey, traces, limiter), logger);
  let administration: INestApplication | undefined;
  const end = async (): Promise<void> => {
    try {
      await application.close();
    } finally {
      await administration?.close();
    }
  };
  const close = async (): Promise<void> => {
    await leaveService(application);
    await end();
  };
  try {
    // First: workers that take any free port have the same one if it is the first that they ask for.
    await application.listen(configuration.port, configuration.host);
    if (link?.isLeader !== false) {
      const digests = tokenDigests(masterKey, otherMasterKeys(configuration));
      const settings = { digests, token: configuration.adminToken };
      administration = await createAdministration(application, settings, logger, link);
      await administration.listen(configuration.adminPort, configuration.adminHost);
    }
    const database = application.get(DatabaseConnection, { strict: false });
    const makeFirst = firstSecrets(application, administration);
    const started: StartedServer = {
      application,
      ...(database.isReady ? await makeFirst() : NOTHING_MADE),
      later: database.isReady ? undefined : database.ready.then(makeFirst),
      url: await application.getUrl(),
      adminUrl: await administration?.getUrl(),
      firstModel: application.get(ModelRouter, { strict: false }).names()[0]?.name,
      close,
    };
    const metrics = application.get(MetricsService, { strict: false });
    link?.ready(() => metrics.toJson());
    return started;
  } catch (error) {
    // Nobody has been told of a server that there is one.
    await application.get(CallsInFlight, { strict: false }).close(0);
    await end();
    throw error;
  }
}

const NOTHING_MADE: FirstSecrets = { firstKey: undefined, firstAdminToken: undefined };

/** Made by the process that administers, since only one must. */
function firstSecrets(
  application: INestApplication,
  administration: INestApplication | undefined,
): () => Promise<FirstSecrets> {
  return async () => ({
    firstKey: administration && (await application.get(FirstKey).make()),
    firstAdminToken: await administration?.get(FirstAdminToken).make(),
  });
}
