import { Logger } from '@nestjs/common';
import { type ServerConfiguration } from '../configuration/server-configuration.js';
import { loadMasterKey } from '../configuration/master-key.js';
import { PinoLogger } from '../pino-logger.js';
import { startEmbeddedPostgres } from '../start-embedded-postgres.js';
import { WorkerSupervisor } from './worker-supervisor.js';

export interface RunningWorkers {
  /** Lets them finish their calls. */
  close(): Promise<void>;
}

/**
 * Starts the server in `configuration.workers` processes.
 * @throws WorkerStartFailure, and what keeps the embedded Postgres from starting.
 */
export async function runWorkers(configuration: ServerConfiguration): Promise<RunningWorkers> {
  Logger.overrideLogger(new PinoLogger(configuration.logLevel).nestLevels);
  // Made here where there is none, so that not every worker makes one.
  loadMasterKey(configuration);
  // The workers share this one, and it outlives them.
  const postgres =
    configuration.databaseUrl === undefined ? await startEmbeddedPostgres(configuration.dataDirectory) : undefined;
  const supervisor = new WorkerSupervisor(configuration.workers);
  const close = async (): Promise<void> => {
    await supervisor.stop();
    await postgres?.stop();
  };
  try {
    await supervisor.start();
    return { close };
  } catch (error) {
    await close();
    throw error;
  }
}
