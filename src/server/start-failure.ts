import { ConfigurationError } from '../errors/configuration-error.js';
import { EmbeddedPostgresError } from './embedded-postgres/embedded-postgres.error.js';

/** By the code of the error underneath: what is the matter, and what to do. */
const EXPLANATIONS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'The port is taken by another program: set PORT, or ADMIN_PORT, to a free one.',
  EACCES: 'This user may not open the port: set PORT, or ADMIN_PORT, to one from 1024.',
  EADDRNOTAVAIL: 'HOST, or ADMIN_HOST, is not an address of this machine: set it to one, or leave it out.',
  // Postgres, or the way to it
  ECONNREFUSED: 'Postgres does not answer at DATABASE_URL: start it, or correct the address.',
  ENOTFOUND: 'The host in DATABASE_URL has no address: correct it.',
  EAI_AGAIN: 'The host in DATABASE_URL cannot be looked up at the moment: see to the name service, or correct it.',
  ETIMEDOUT: 'Postgres does not answer at DATABASE_URL: see whether a firewall is between, or correct the address.',
  '28P01': 'Postgres refuses the password in DATABASE_URL: correct it.',
  '28000': 'Postgres refuses the user in DATABASE_URL: correct it, or let the user in (pg_hba.conf).',
  '3D000': 'The database in DATABASE_URL does not exist: create it, or correct the name.',
  '42501': 'The user in DATABASE_URL may not create the schema: GRANT CREATE ON DATABASE … TO the user.',
};

/** What is the matter and what to do, where that is known. */
export function explanationOf(error: unknown): string | undefined {
  if (error instanceof ConfigurationError || error instanceof EmbeddedPostgresError) return error.message;
  return EXPLANATIONS[codeOf(error) ?? ''];
}

/** What to tell the person who tried to start the server. */
export function explainStartFailure(error: unknown): string {
  const explanation = explanationOf(error);
  if (explanation !== undefined) return explanation;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function codeOf(error: unknown): string | undefined {
  if (error instanceof AggregateError) return codeOf(error.errors[0]);
  if (typeof error !== 'object' || error === null) return undefined;
  if ('code' in error && typeof error.code === 'string') return error.code;
  return 'driverError' in error ? codeOf(error.driverError) : undefined;
}
