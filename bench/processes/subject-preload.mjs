/**
 * Loaded into a Node subject before its own code (`node --import`). It changes nothing about how requests are served:
 * - the subject ends when the benchmark is gone, however it went;
 * - the benchmark can ask it about its memory and its event loop, and have it profile itself: `questions.mjs`;
 * - BENCH_LOOPBACK=1: a server that would listen on every address listens on loopback.
 */
import cluster from 'node:cluster';
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

// A worker's channel leads to its own primary process, not here.
if (process.channel !== undefined && cluster.isPrimary) {
  process.on('message', async (/** @type {{ question: string, about: never }} */ { question, about }) => {
    try {
      const { questions } = await import('./questions.mjs');
      process.send?.({ answer: await questions[question]?.(about) });
    } catch (error) {
      process.send?.({ error: String(error) });
    }
  });
  process.channel.unref();
}
