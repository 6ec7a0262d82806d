import { Logger } from '@nestjs/common';
import { type DataSource } from 'typeorm';
import { connect, createDataSource } from '../persistence/data-source.js';
import { type EnvironmentSettings } from '../server/configuration/environment-settings.js';
import { startEmbeddedPostgres } from '../server/start-embedded-postgres.js';

/** On the server's database: that of `DATABASE_URL`, or the embedded one, shared with a server that runs. */
export async function withDatabase<Result>(
  { databaseUrl, dataDirectory }: Pick<EnvironmentSettings, 'databaseUrl' | 'dataDirectory'>,
  use: (dataSource: DataSource) => Promise<Result>,
): Promise<Result> {
  // Whoever reads our output reads it alone.
  Logger.overrideLogger(false);
  const embedded = databaseUrl === undefined ? await startEmbeddedPostgres(dataDirectory) : undefined;
  try {
    const address = embedded?.connection ?? { url: databaseUrl ?? '' };
    const dataSource = createDataSource({ ...address, poolSize: 2, applicationName: 'nestgate-cli' });
    await connect(dataSource, 0);
    try {
      return await use(dataSource);
    } finally {
      await dataSource.destroy();
    }
  } finally {
    await embedded?.stop();
  }
}
