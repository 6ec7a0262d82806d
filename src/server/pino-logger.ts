import { type LoggerService, type LogLevel } from '@nestjs/common';
import { pino, stdTimeFunctions, type DestinationStream, type Logger } from 'pino';
import { type LogLevel as ServerLogLevel } from './configuration/environment-settings.js';

/** What Nest itself tells at every start, line after line; of interest only to who looks for a fault. */
const NEST_CONTEXTS: ReadonlySet<unknown> = new Set([
  'InstanceLoader',
  'NestApplication',
  'NestFactory',
  'RouterExplorer',
  'RoutesResolver',
]);

/** Nest's logger on pino: a JSON object a line, on standard output unless told otherwise. */
export class PinoLogger implements LoggerService {
  private readonly pino: Logger;

  constructor(level: ServerLogLevel, destination?: DestinationStream) {
    const options = {
      level,
      base: null,
      messageKey: 'message',
      timestamp: stdTimeFunctions.isoTime,
      serializers: { err: plainError },
      formatters: { level: (label: string) => ({ level: label }) },
    };
    this.pino = pino(options, destination);
  }

  /** The levels of Nest's that are on, for whoever asks before making a message. */
  get nestLevels(): LogLevel[] {
    const levels = {
      fatal: 'fatal',
      error: 'error',
      warn: 'warn',
      log: 'info',
      debug: 'debug',
      verbose: 'trace',
    } as const;
    return (Object.keys(levels) as (keyof typeof levels)[]).filter((name) => this.pino.isLevelEnabled(levels[name]));
  }

  fatal(message: unknown, ...rest: unknown[]): void {
    this.write('fatal', message, rest);
  }

  error(message: unknown, ...rest: unknown[]): void {
    this.write('error', message, rest);
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.write('warn', message, rest);
  }

  log(message: unknown, ...rest: unknown[]): void {
    this.write(NEST_CONTEXTS.has(rest.at(-1)) ? 'debug' : 'info', message, rest);
  }

  debug(message: unknown, ...rest: unknown[]): void {
    this.write('debug', message, rest);
  }

  verbose(message: unknown, ...rest: unknown[]): void {
    this.write('trace', message, rest);
  }

  /** Nest hands over the message, then errors or stacks, and the name of the class that logs as the last. */
  private write(
    level: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace',
    message: unknown,
    rest: unknown[],
  ): void {
    if (!this.pino.isLevelEnabled(level)) return;
    const last = rest.at(-1);
    const context = typeof last === 'string' && !last.includes('\n') ? last : undefined;
    const details = context === undefined ? rest : rest.slice(0, -1);
    const fields: Record<string, unknown> = context === undefined ? {} : { context };
    for (const detail of details) {
      if (detail instanceof Error) fields['err'] = detail;
      else if (typeof detail === 'string') fields['stack'] = detail;
    }
    if (message instanceof Error) this.pino[level]({ ...fields, err: message }, message.message);
    else if (typeof message === 'object' && message !== null) this.pino[level]({ ...fields, ...message });
    else this.pino[level](fields, String(message));
  }
}

/** How deep causes are followed. */
const MAX_CAUSES = 4;

interface PlainError {
  readonly type: string;
  readonly message: string;
  readonly stack: string | undefined;
  readonly code?: string;
  readonly cause?: PlainError;
}

/**
 * An error by a list of what may be told. Libraries hang on it what they had in hand: TypeORM the parameters of a
 * statement, an HTTP client the headers of a request.
 */
function plainError(error: unknown, depth = 0): PlainError | undefined {
  if (!(error instanceof Error)) return undefined;
  const { message, stack, cause } = error;
  const code = 'code' in error && typeof error.code === 'string' ? { code: error.code } : {};
  const under = depth < MAX_CAUSES ? plainError(cause, depth + 1) : undefined;
  return { type: error.constructor.name, message, stack, ...code, ...(under && { cause: under }) };
}
