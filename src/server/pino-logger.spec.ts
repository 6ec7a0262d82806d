import { Logger } from '@nestjs/common';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type LogLevel } from './configuration/environment-settings.js';
import { PinoLogger } from './pino-logger.js';

function start(level: LogLevel = 'info'): { logger: PinoLogger; lines: Record<string, unknown>[] } {
  const lines: Record<string, unknown>[] = [];
  const write = (line: string): unknown => lines.push(JSON.parse(line) as Record<string, unknown>);
  return { logger: new PinoLogger(level, { write }), lines };
}

describe('PinoLogger', () => {
  it('writes a line of JSON, with when and who', () => {
    const { logger, lines } = start();
    logger.log('It listens', 'Server');
    expect(lines).toEqual([
      { level: 'info', time: expect.stringMatching(/^\d{4}-.*Z$/), context: 'Server', message: 'It listens' },
    ]);
  });

  it('takes a call’s fields as they are', () => {
    const { logger, lines } = start();
    logger.log({ message: 'A call', requestId: 'r', status: 200 }, 'Calls');
    expect(lines).toMatchObject([{ context: 'Calls', message: 'A call', requestId: 'r', status: 200 }]);
  });

  it.each([
    ['a message', 'It failed', new Error('why')],
    ['alone', new Error('why'), undefined],
  ])('tells an error with its stack: %s', (_name, message, detail) => {
    const { logger, lines } = start();
    logger.error(message, ...(detail === undefined ? [] : [detail]), 'Server');
    expect(lines).toMatchObject([
      {
        level: 'error',
        context: 'Server',
        message: typeof message === 'string' ? message : 'why',
        err: { type: 'Error', message: 'why', stack: expect.stringContaining('pino-logger.spec') },
      },
    ]);
  });

  it('tells of an error what is on the list, and nothing that a library hung on it', () => {
    const { logger, lines } = start();
    const cause = Object.assign(new TypeError('under it'), { code: 'ECONNREFUSED', headers: { authorization: 'k' } });
    logger.error('It failed', Object.assign(new Error('why', { cause }), { parameters: ['secret'] }), 'Server');
    const [line] = lines;
    expect(line?.['err']).toEqual({
      type: 'Error',
      message: 'why',
      stack: expect.any(String),
      cause: { type: 'TypeError', message: 'under it', stack: expect.any(String), code: 'ECONNREFUSED' },
    });
  });

  it('knows a stack from a name', () => {
    const { logger, lines } = start();
    logger.error('It failed', 'Error: why\n    at somewhere', 'Server');
    logger.error('It failed', 'Error: why\n    at somewhere');
    expect(lines.map(({ stack, context }) => [stack, context])).toEqual([
      ['Error: why\n    at somewhere', 'Server'],
      ['Error: why\n    at somewhere', undefined],
    ]);
  });

  it('writes one line, whatever the message holds', () => {
    const { logger, lines } = start();
    logger.warn('one\ntwo\u2028"three"');
    logger.warn(undefined);
    expect(lines.map(({ message }) => message)).toEqual(['one\ntwo\u2028"three"', 'undefined']);
  });

  it('keeps what Nest says of its own start for those who look for a fault', () => {
    const [usual, curious] = [start('info'), start('debug')];
    for (const { logger } of [usual, curious]) logger.log('AppModule dependencies initialized', 'InstanceLoader');
    expect(usual.lines).toEqual([]);
    expect(curious.lines).toMatchObject([{ level: 'debug', context: 'InstanceLoader' }]);
  });

  it.each([
    ['fatal', ['fatal']],
    ['error', ['fatal', 'error']],
    ['warn', ['fatal', 'error', 'warn']],
    ['info', ['fatal', 'error', 'warn', 'log']],
    ['debug', ['fatal', 'error', 'warn', 'log', 'debug']],
    ['trace', ['fatal', 'error', 'warn', 'log', 'debug', 'verbose']],
  ] as const)('writes and tells the levels that are on: %s', (level, names) => {
    const { logger, lines } = start(level);
    expect(logger.nestLevels).toEqual(names);
    for (const name of ['fatal', 'error', 'warn', 'log', 'debug', 'verbose'] as const) logger[name](name);
    expect(lines.map(({ message }) => message)).toEqual(names);
  });

  it('is what Nest’s own Logger writes with', () => {
    const { logger, lines } = start();
    Logger.overrideLogger(logger);
    onTestFinished(() => Logger.overrideLogger(true));
    new Logger('Writer').error('It failed', new Error('why'));
    expect(lines).toMatchObject([{ context: 'Writer', message: 'It failed', err: { message: 'why' } }]);
  });
});
