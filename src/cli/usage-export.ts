import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { CommandFailure, EXIT, type ExitCode } from './exit-code.js';
import { type RestClient } from './rest/rest-client.js';
import { USAGE_EXPORT } from './rest/usage-groups.js';
import { type GivenOptions, pathOf, queryOf, withQuery } from './rest/run-rest-command.js';
import { type Terminal } from './terminal.js';

const PROGRESS_EVERY_MS = 250;

/**
 * Writes usage records as they come, to standard output or to a file, which is there when it is whole.
 * @throws CommandFailure
 */
export async function exportUsage(options: GivenOptions, client: RestClient, terminal: Terminal): Promise<ExitCode> {
  const [method = '', template = ''] = USAGE_EXPORT.call.split(' ');
  const path = withQuery(pathOf(template, []), queryOf(USAGE_EXPORT.query, options));
  const { body } = await client.ask({ method, path });
  if (body === null) throw new CommandFailure('The export has nothing in it: is that a Nestgate of this version?');
  const { output } = options;
  const progress = progressOf(terminal);
  const pieces = Readable.fromWeb(body as Parameters<typeof Readable.fromWeb>[0]);
  try {
    if (typeof output === 'string' && output !== '-') {
      const file = resolve(terminal.directory, output);
      const unfinished = `${file}.unfinished`;
      try {
        await pipeline(pieces, progress.watch, createWriteStream(unfinished, { mode: 0o600 }));
        await rename(unfinished, file);
      } catch (error) {
        await rm(unfinished, { force: true });
        throw error;
      }
    } else {
      await pipeline(pieces, progress.watch, terminal.stdout, { end: false });
    }
  } catch (error) {
    throw new CommandFailure(`The export was cut off: ${reasonOf(error)}. Ask again, or for a shorter time.`);
  } finally {
    progress.end();
  }
  return EXIT.ok;
}

/** Tells a person how far it is; programs hear nothing of it. */
function progressOf({ stderr }: Terminal): { readonly watch: Transform; end(): void } {
  let bytes = 0;
  let told = 0;
  const tell = (): void => {
    if (stderr.isTTY !== true) return;
    told = performance.now();
    stderr.write(`\r${(bytes / 1_048_576).toFixed(1)} MiB`);
  };
  const watch = new Transform({
    transform: (chunk: Buffer, _encoding, done) => {
      bytes += chunk.length;
      if (performance.now() - told >= PROGRESS_EVERY_MS) tell();
      done(undefined, chunk);
    },
  });
  return {
    watch,
    end: () => {
      tell();
      if (stderr.isTTY === true) stderr.write('\n');
    },
  };
}

function reasonOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'the connection broke';
}
