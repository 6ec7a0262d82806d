import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { isIP } from 'node:net';
import { nearestName } from '../../config/nearest-name.js';
import { ConfigurationError, type ConfigurationProblem } from '../../errors/configuration-error.js';
import { type TraceDestination } from '../trace-export.js';
import { valueOf, type Environment } from './expand-variables.js';
import { weaknessOf } from './admin-token-strength.js';
import { invalidMasterKey, parseMasterKey } from './master-key.js';

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace'] as const;

export type LogLevel = (typeof LOG_LEVELS)[number];

/** What the server reads from the environment alone. */
export interface EnvironmentSettings {
  readonly port: number;
  /** `undefined` where nobody chose one. */
  readonly host: string | undefined;
  /** Of the administration; 0 takes any free one. */
  readonly adminPort: number;
  readonly adminHost: string;
  /** The token of the environment. */
  readonly adminToken: string | undefined;
  readonly databaseUrl: string | undefined;
  /** Absolute. */
  readonly dataDirectory: string;
  readonly masterKey: string | undefined;
  /** The file that holds it in place of the variable; absolute. */
  readonly masterKeyFile?: string | undefined;
  /** Those of before. */
  readonly previousMasterKeys?: readonly string[];
  /** What it will be. */
  readonly nextMasterKey?: string;
  readonly logLevel: LogLevel;
  /** Processes that share the work. */
  readonly workers: number;
  /** Where traces go; `undefined` for nowhere. */
  readonly traces?: TraceDestination | undefined;
}

const MAX_WORKERS = 128;

const HOST_NAME = /^[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}[A-Za-z0-9])?$/;

/** @throws ConfigurationError which holds every problem found. */
export function readEnvironmentSettings(environment: Environment, directory: string): EnvironmentSettings {
  const problems: ConfigurationProblem[] = [];
  const report = (path: string, problem: string, remedy: string): undefined => {
    problems.push({ path, problem, remedy });
  };
  // Tools like docker-compose pass on what is not set as empty text.
  const chosen = (name: string): string | undefined => valueOf(environment, name)?.trim() || undefined;

  const portOf = (name: string, usual: string): number => {
    const text = chosen(name) ?? usual;
    const value = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
    if (!(value <= 65_535)) report(name, 'is not a port', 'set it to a number from 0 to 65535; 0 takes any free one');
    return value;
  };
  const hostOf = (name: string): string | undefined => {
    const text = chosen(name);
    if (text !== undefined && isIP(text) === 0 && !HOST_NAME.test(text)) {
      report(name, 'is neither an address nor a host name', 'set it to 0.0.0.0 for all interfaces, or 127.0.0.1');
    }
    return text;
  };
  const port = portOf('PORT', '8080');
  const host = hostOf('HOST');
  // Who takes any free port has several gateways on one machine.
  const adminPort = portOf('ADMIN_PORT', port === 0 ? '0' : '8081');
  const adminHost = hostOf('ADMIN_HOST') ?? '127.0.0.1';
  if (port === adminPort && port !== 0) {
    report('ADMIN_PORT', 'is the port of the clients too', 'set it to another one; 8081 is usual');
  }

  const adminToken = valueOf(environment, 'NESTGATE_ADMIN_TOKEN');
  const weakness = adminToken === undefined ? undefined : weaknessOf(adminToken);
  if (weakness !== undefined) {
    report(
      'NESTGATE_ADMIN_TOKEN',
      weakness,
      'set it to what "openssl rand -base64 32" prints, or unset it to have one made at the first start',
    );
  }

  const levelText = chosen('LOG_LEVEL')?.toLowerCase();
  const logLevel = LOG_LEVELS.find((level) => level === levelText);
  if (levelText !== undefined && logLevel === undefined) {
    const meant = nearestName(levelText, LOG_LEVELS);
    const question = meant === undefined ? '' : ` (did you mean ${meant}?)`;
    report('LOG_LEVEL', 'is not a level', `set it to one of: ${LOG_LEVELS.join(', ')}${question}`);
  }

  const workersText = chosen('NESTGATE_WORKERS') ?? '1';
  const workers = workersText === 'auto' ? availableParallelism() : Number(workersText);
  if (!(Number.isInteger(workers) && workers >= 1 && workers <= MAX_WORKERS)) {
    report('NESTGATE_WORKERS', 'is no number of processes', `set it to 1 to ${MAX_WORKERS}, or auto for one a core`);
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

  const ofTraces = chosen('OTEL_EXPORTER_OTLP_TRACES_ENDPOINT');
  const ofAll = chosen('OTEL_EXPORTER_OTLP_ENDPOINT');
  const url = ofTraces ?? (ofAll === undefined ? undefined : `${ofAll.replace(/\/+$/, '')}/v1/traces`);
  if (url !== undefined && !/^https?:\/\/[^\s@]+$/.test(url)) {
    const name = ofTraces === undefined ? 'OTEL_EXPORTER_OTLP_ENDPOINT' : 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT';
    report(name, 'is not a URL', 'set it to http://host:4318, with secrets in OTEL_EXPORTER_OTLP_HEADERS');
  }
  const serviceName = chosen('OTEL_SERVICE_NAME') ?? 'nestgate';
  const traces = url === undefined ? undefined : { url, serviceName };

  // Never made up for when it is empty: the secrets stored under the lost one could not be read any more.
  const masterKey = valueOf(environment, 'NESTGATE_MASTER_KEY');
  if (masterKey !== undefined && parseMasterKey(masterKey) === undefined) {
    problems.push(...invalidMasterKey().problems);
  }

  const masterKeyFile = chosen('NESTGATE_MASTER_KEY_FILE');
  if (masterKeyFile !== undefined && masterKey !== undefined) {
    report('NESTGATE_MASTER_KEY_FILE', 'stands beside NESTGATE_MASTER_KEY', 'unset one of them');
  }
  const previousMasterKeys = (chosen('NESTGATE_MASTER_KEY_PREVIOUS') ?? '').split(',').filter((text) => text !== '');
  if (previousMasterKeys.some((text) => parseMasterKey(text) === undefined)) {
    const remedy = 'set it to what NESTGATE_MASTER_KEY was before, several with commas between, or unset it';
    report('NESTGATE_MASTER_KEY_PREVIOUS', 'holds something that is not a key of 32 bytes in base64 or hex', remedy);
  }
  const nextMasterKey = chosen('NESTGATE_MASTER_KEY_NEXT');
  if (nextMasterKey !== undefined && parseMasterKey(nextMasterKey) === undefined) {
    const remedy = 'set it to what NESTGATE_MASTER_KEY will be, or unset it';
    report('NESTGATE_MASTER_KEY_NEXT', 'is not a key of 32 bytes in base64 or hex', remedy);
  }

  const [first, ...others] = problems;
  if (first !== undefined) throw ConfigurationError.of([first, ...others]);
  const dataDirectory = resolve(directory, chosen('NESTGATE_DATA_DIR') ?? 'data');
  return {
    port,
    host,
    adminPort,
    adminHost,
    adminToken,
    databaseUrl,
    dataDirectory,
    masterKey,
    ...(masterKeyFile === undefined ? {} : { masterKeyFile: resolve(directory, masterKeyFile) }),
    ...(previousMasterKeys.length === 0 ? {} : { previousMasterKeys }),
    ...(nextMasterKey === undefined ? {} : { nextMasterKey }),
    logLevel: logLevel ?? 'info',
    workers,
    ...(traces && { traces }),
  };
}

function isPostgresUrl(text: string): boolean {
  return /^postgres(?:ql)?:\/\/\S+$/.test(text) && URL.canParse(text);
}
