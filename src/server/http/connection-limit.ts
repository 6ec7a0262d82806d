import { readFileSync } from 'node:fs';
import { type Server } from 'node:http';
import { Logger } from '@nestjs/common';

/** Open files that are for others than clients and providers: Postgres, Redis, logs, modules. */
const RESERVE = 64;

/** Milliseconds between two words on connections that were not taken. */
const QUIET = 60_000;

/**
 * As many connections of clients as this process may have files open for: each may need one to a provider too. Where the
 * system does not tell, as many as come.
 */
export function connectionLimit(limits: string | undefined = readLimits()): number | undefined {
  const files = Number(/^Max open files +(\d+)/m.exec(limits ?? '')?.[1] ?? Number.NaN);
  return Number.isNaN(files) ? undefined : Math.max(16, Math.floor((files - RESERVE) / 2));
}

/** Takes no more connections than these: what comes beyond is closed at once, and those that are open go on. */
export function limitConnections(server: Server, limit: number | undefined): void {
  if (limit === undefined) return;
  server.maxConnections = limit;
  let quietUntil = 0;
  server.on('drop', () => {
    const now = performance.now();
    if (now < quietUntil) return;
    quietUntil = now + QUIET;
    new Logger('HttpEdge').warn(`Connections are closed at once: ${limit} are open, and there are no files for more`);
  });
}

/** Node has raised the limit to the hard one by then. */
function readLimits(): string | undefined {
  try {
    return readFileSync('/proc/self/limits', 'utf8');
  } catch {
    return undefined;
  }
}
