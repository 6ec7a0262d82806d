import { resolve } from 'node:path';
import { isIP } from 'node:net';
import { nearestName } from '../../config/nearest-name.js';
import { ConfigurationError, type ConfigurationProblem } from '../../errors/configuration-error.js';
import { valueOf, type Environment } from './expand-variables.js';
import { invalidMasterKey, parseMasterKey } from './master-key.js';

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace'] as const;

export type LogLevel = (typeof LOG_LEVELS)[number];

/** What the server reads from the environment alone. */
export interface EnvironmentSettings {
  readonly port: number;
  /** `undefined` where nobody chose one. */
  readonly host: string | undefined;
  readonly databaseUrl: string | undefined;
  /** Absolute. */
  readonly dataDirectory: string;
  readonly masterKey: string | undefined;
  readonly logLevel: LogLevel;
}

const HOST_NAME = /^[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}[A-Za-z0-9])?$/;

/** @throws ConfigurationError which holds every problem found. */
export function readEnvironmentSettings(environment: Environment, directory: string): EnvironmentSettings {
  const problems: ConfigurationProblem[] = [];
  const report = (path: string, problem: string, remedy: string): undefined => {
    problems.push({ path, problem, remedy });
  };
  // Tools like docker-compose pass on what is not set as empty text.
  const chosen = (name: string): string | undefined => valueOf(environment, name)?.trim() || undefined;

  const portText = chosen('PORT') ?? '8080';
  const port = /^\d{1,5}$/.test(portText) ? Number(portText) : Number.NaN;
  if (!(port <= 65_535)) report('PORT', 'is not a port', 'set it to a number from 0 to 65535; 0 takes any free one');

  const host = chosen('HOST');
  if (host !== undefined && isIP(host) === 0 && !HOST_NAME.test(host)) {
    report('HOST', 'is neither an address nor a host name', 'set it to 0.0.0.0 for all interfaces, or 127.0.0.1');
  }

  const levelText = chosen('LOG_LEVEL')?.toLowerCase();
  const logLevel = LOG_LEVELS.find((level) => level === levelText);
  if (levelText !== undefined && logLevel === undefined) {
    const meant = nearestName(levelText, LOG_LEVELS);
    const question = meant === undefined ? '' : ` (did you mean ${meant}?)`;
    report('LOG_LEVEL', 'is not a level', `set it to one of: ${LOG_LEVELS.join(', ')}${question}`);
  }

  const databaseUrl = valueOf(environment, 'DATABASE_URL');
  if (databaseUrl !== undefined && !isPostgresUrl(databaseUrl)) {
    report(
      'DATABASE_URL',
      'is not a URL of a Postgres database',
      'set it to postgres://user:password@host:5432/database with special characters of the password percent-encoded,' +
        ' or unset it to use the embedded Postgres',
    );
  }

  // Never made up for when it is empty: the secrets stored under the lost one could not be read any more.
  const masterKey = valueOf(environment, 'NESTGATE_MASTER_KEY');
  if (masterKey !== undefined && parseMasterKey(masterKey) === undefined) {
    problems.push(...invalidMasterKey().problems);
  }

  const [first, ...others] = problems;
  if (first !== undefined) throw ConfigurationError.of([first, ...others]);
  const dataDirectory = resolve(directory, chosen('NESTGATE_DATA_DIR') ?? 'data');
  return { port, host, databaseUrl, dataDirectory, masterKey, logLevel: logLevel ?? 'info' };
}

function isPostgresUrl(text: string): boolean {
  return /^postgres(?:ql)?:\/\/\S+$/.test(text) && URL.canParse(text);
}
