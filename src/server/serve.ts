import cluster from 'node:cluster';
import { ConfigurationError } from '../errors/configuration-error.js';
import { loadServerConfiguration } from './configuration/server-configuration.js';
import { explainStartFailure } from './start-failure.js';
import { laterMessage, startMessage } from './start-message.js';
import { startServer } from './start-server.js';
import { runWorkers } from './workers/run-workers.js';
import { WorkerLink } from './workers/worker-link.js';
import { WorkerStartFailure } from './workers/worker-supervisor.js';

/** EX_CONFIG of sysexits.h: starting again without changing anything will not help. */
const EXIT_CONFIGURATION = 78;

let close: (() => Promise<void>) | undefined;
let isStopping = false;

/** Whoever asks twice does not want to wait for open streams. */
function stop(): void {
  if (isStopping || close === undefined) process.exit(1);
  isStopping = true;
  close().then(
    () => process.exit(0),
    (error: unknown) => {
      process.stderr.write(`Nestgate has not stopped as it should.\n${String(error)}\n`);
      process.exit(1);
    },
  );
}

/** For what may be heard from two sides. */
function stopOnce(): void {
  if (!isStopping) stop();
}

/** Starts the server that the environment describes, alone or with its workers, and stops it when the process is told to. */
export async function serve(): Promise<void> {
  try {
    const configuration = loadServerConfiguration(process.env, process.cwd());
    if (cluster.isPrimary && configuration.workers > 1) {
      const workers = await runWorkers(configuration);
      close = () => workers.close();
    } else {
      let greet = (): void => undefined;
      const link = cluster.isWorker
        ? new WorkerLink(process, { onStop: stopOnce, onAlone: stop, onComplete: () => greet() })
        : undefined;
      const server = await startServer(configuration, link);
      close = () => server.close();
      greet = () => void process.stdout.write(`\n${startMessage(configuration, server)}\n`);
      server.later?.then(
        (secrets) => process.stdout.write(laterMessage(secrets)),
        (error: unknown) => process.stderr.write(`No first key or token was made: start again.\n${String(error)}\n`),
      );
      if (link === undefined) greet();
      else if (!link.isLeader) greet = () => undefined;
    }
    // Where every process hears them, workers hear of them from the primary one as well. Who asks twice ends that one.
    process.on('SIGTERM', cluster.isPrimary ? stop : stopOnce);
    process.on('SIGINT', cluster.isPrimary ? stop : stopOnce);
  } catch (error) {
    if (error instanceof WorkerStartFailure) process.exit(error.exitCode);
    fail(error, error instanceof ConfigurationError ? EXIT_CONFIGURATION : 1);
  }
}

function fail(error: unknown, exitCode: number): never {
  process.stderr.write(`Nestgate cannot start.\n${explainStartFailure(error)}\n`);
  process.exit(exitCode);
}
