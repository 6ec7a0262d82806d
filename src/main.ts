#!/usr/bin/env node
import 'reflect-metadata';
import { ConfigurationError } from './errors/configuration-error.js';
import { loadServerConfiguration } from './server/configuration/server-configuration.js';
import { explainStartFailure } from './server/start-failure.js';
import { startMessage } from './server/start-message.js';
import { startServer } from './server/start-server.js';

/** EX_CONFIG of sysexits.h: starting again without changing anything will not help. */
const EXIT_CONFIGURATION = 78;

try {
  const configuration = loadServerConfiguration(process.env, process.cwd());
  const server = await startServer(configuration);
  process.stdout.write(`\n${startMessage(configuration, server)}\n`);
  const stop = (signal: NodeJS.Signals): void => {
    // Whoever asks twice does not want to wait for open streams.
    process.once(signal, () => process.exit(1));
    server.close().then(
      () => process.exit(0),
      (error: unknown) => fail(error, 1),
    );
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
} catch (error) {
  fail(error, error instanceof ConfigurationError ? EXIT_CONFIGURATION : 1);
}

function fail(error: unknown, exitCode: number): never {
  process.stderr.write(`Nestgate cannot start.\n${explainStartFailure(error)}\n`);
  process.exit(exitCode);
}
