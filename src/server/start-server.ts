import { type INestApplication, Logger } from '@nestjs/common';
import { AppModule } from '../app.module.js';
import { ModelRouter } from '../dispatch/model-router.js';
import { type ServerConfiguration } from './configuration/server-configuration.js';
import { loadMasterKey } from './configuration/master-key.js';
import { createApplication } from './create-application.js';
import { FirstKey } from './first-key.js';
import { PinoLogger } from './pino-logger.js';

export interface StartedServer {
  readonly application: INestApplication;
  readonly url: string;
  /** The key that was made because there was none: to be shown this once. */
  readonly firstKey: string | undefined;
  /** Any model that can be asked for; `undefined` while no provider has told one. */
  readonly firstModel: string | undefined;
}

/**
 * Starts the standalone server.
 * @throws ConfigurationError, EmbeddedPostgresError, and what Postgres or the port's owner have against it.
 */
export async function startServer(configuration: ServerConfiguration): Promise<StartedServer> {
  const logger = new PinoLogger(configuration.logLevel);
  Logger.overrideLogger(logger.nestLevels);
  const masterKey = loadMasterKey(configuration);
  const application = await createApplication(AppModule.forRoot(configuration, masterKey), logger);
  try {
    await application.listen(configuration.port, configuration.host);
    const firstKey = await application.get(FirstKey).make();
    const firstModel = application.get(ModelRouter, { strict: false }).names()[0]?.name;
    return { application, url: await application.getUrl(), firstKey, firstModel };
  } catch (error) {
    await application.close();
    throw error;
  }
}
