import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigurationError } from '../errors/configuration-error.js';
import { migrationState } from '../persistence/migrate.js';
import { RedisConnection } from '../redis/redis-connection.js';
import { readEnvironmentSettings } from '../server/configuration/environment-settings.js';
import { loadServerConfiguration, type ServerConfiguration } from '../server/configuration/server-configuration.js';
import { findNativePackage } from '../server/embedded-postgres/native-package.js';
import { explanationOf } from '../server/start-failure.js';
import { checkProviders } from './doctor-providers.js';
import { EXIT, type ExitCode } from './exit-code.js';
import { plain } from './table.js';
import { print, printJson, type Terminal } from './terminal.js';
import { withDatabase } from './with-database.js';

/** What was looked at, and how it is. */
export interface Finding {
  readonly check: string;
  readonly isGood: boolean;
  /** How it is; where it is bad what is the matter, and what to do. */
  readonly says: string;
}

const REDIS_PATIENCE_MS = 2_000;

/** Looks at all that a server needs, and starts none. @returns 1 where something is bad. */
export async function examine(isJson: boolean, terminal: Terminal): Promise<ExitCode> {
  const findings: Finding[] = [];
  const note = (...found: readonly Finding[]): void => {
    findings.push(...found);
    if (isJson) return;
    for (const { check, isGood, says } of found) {
      print(terminal, `${isGood ? 'ok  ' : 'BAD '} ${check.padEnd(16)} ${plain(says)}`);
    }
  };
  const configuration = loadedConfiguration(terminal, note);
  note(await databaseFinding(terminal));
  if (configuration !== undefined) {
    note(await redisFinding(configuration));
    note(...(await checkProviders(configuration)));
  }
  if (isJson) printJson(terminal, { checks: findings });
  return findings.every(({ isGood }) => isGood) ? EXIT.ok : EXIT.failed;
}

function loadedConfiguration(
  { env, directory }: Terminal,
  note: (...found: readonly Finding[]) => void,
): ServerConfiguration | undefined {
  try {
    const configuration = loadServerConfiguration(env, directory);
    note({
      check: 'configuration',
      isGood: true,
      says: configuration.configFile ?? 'environment variables and defaults',
    });
    return configuration;
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    for (const { file, path, problem, remedy } of error.problems) {
      const where = file === undefined ? '' : `${file}: `;
      note({ check: 'configuration', isGood: false, says: `${where}${path} ${problem}: ${remedy}` });
    }
    return undefined;
  }
}

async function databaseFinding({ env, directory }: Terminal): Promise<Finding> {
  const check = 'database';
  try {
    const settings = readEnvironmentSettings(env, directory);
    const where = settings.databaseUrl === undefined ? 'embedded Postgres' : 'Postgres at DATABASE_URL';
    // Nobody who asks how things are wants a database made.
    if (settings.databaseUrl === undefined && !existsSync(join(settings.dataDirectory, 'postgres'))) {
      await findNativePackage();
      return { check, isGood: true, says: `${where}, made at the first start` };
    }
    const { version, pending, unknown } = await withDatabase(settings, async (dataSource) => {
      const [row]: { version: string }[] = await dataSource.query(
        `SELECT current_setting('server_version') AS version`,
      );
      return { version: row?.version ?? '', ...(await migrationState(dataSource)) };
    });
    if (unknown.length > 0) {
      const says = `${where} has tables of a newer version: run that one, or go back to an older backup`;
      return { check, isGood: false, says };
    }
    const waiting =
      pending.length === 0 ? '' : `; ${pending.length} migrations wait for the next start, or "migrate run"`;
    return { check, isGood: true, says: `${where}, version ${version}${waiting}` };
  } catch (error) {
    return { check, isGood: false, says: explanationOf(error) ?? reasonOf(error) };
  }
}

async function redisFinding({ gateway: { redis } }: ServerConfiguration): Promise<Finding> {
  const check = 'redis';
  if (redis === undefined) return { check, isGood: true, says: 'not configured' };
  const connection = new RedisConnection({ redis: { prefix: 'nestgate', ...redis } });
  try {
    await connection.run((client) => client.ping(), REDIS_PATIENCE_MS);
    return { check, isGood: true, says: 'answers' };
  } catch (error) {
    const cause = error instanceof Error ? error.cause : undefined;
    return {
      check,
      isGood: false,
      says: `does not answer (${reasonOf(cause ?? error)}): start it, or correct redis.url`,
    };
  } finally {
    connection.onApplicationShutdown();
  }
}

/** The code where there is one: the messages beside codes may hold addresses with passwords. */
function reasonOf(error: unknown): string {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
  return error instanceof Error ? error.message : 'the reason is not known';
}
