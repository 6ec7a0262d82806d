/**
 * Loaded into a subject before its own code (`node --import`). It changes nothing about how requests are served:
 * - the subject ends when the benchmark is gone, however it went;
 * - BENCH_LOOPBACK=1: a server that would listen on every address listens on loopback;
 * - BENCH_PROFILE=1: Node writes its CPU profile only where a process ends of itself, and a Nest application ends by the
 *   signal it was sent, sent again to itself.
 */
import { Server } from 'node:net';

process.stdin.on('end', () => process.kill(process.pid, 'SIGTERM')).resume();
process.stdin.on('error', () => undefined);
/** @type {{ unref?: () => void }} */ (process.stdin).unref?.();

if (process.env['BENCH_LOOPBACK'] === '1') {
  const { listen } = Server.prototype;
  Server.prototype.listen = /** @this {Server} @param {unknown[]} args */ function listenOnLoopback(...args) {
    const [port, next] = args;
    const named = typeof port === 'number' && typeof next !== 'string';
    const rest = next === undefined ? args.slice(2) : args.slice(1);
    return Reflect.apply(listen, this, named ? [port, '127.0.0.1', ...rest] : args);
  };
}

if (process.env['BENCH_PROFILE'] === '1') {
  let terms = 0;
  process.on('SIGTERM', () => {
    if (++terms === 2) process.exit(0);
  });
}
