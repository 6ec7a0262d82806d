const REMEDY = 'Set DATABASE_URL to use a Postgres server of your own.';

/** The embedded Postgres cannot run here. The message is for the person who starts the server: what, and what to do. */
export class EmbeddedPostgresError extends Error {
  override readonly name = 'EmbeddedPostgresError';

  constructor(message: string, options: { remedy?: string; cause?: unknown } = {}) {
    super(`${message} ${options.remedy ?? REMEDY}`, options.cause === undefined ? undefined : { cause: options.cause });
  }
}
