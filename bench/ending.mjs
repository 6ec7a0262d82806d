import { endAll } from './processes/children.mjs';

let interrupted = false;

/** Progress, which is no result. What fails since all is being ended is nobody's business. @param {string} line */
export function say(line) {
  if (!interrupted) process.stderr.write(`${line}\n`);
}

/** `Ctrl-C` ends all that was started. */
export function endOnSignals() {
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    process.on(signal, () => {
      if (interrupted) return;
      say(`\n${signal}: ending what was started.`);
      interrupted = true;
      void endAll().then(() => process.exit(130));
    });
  }
}

/** Runs it, and leaves nothing running whatever happens. @param {() => Promise<number>} main returns the exit code */
export async function exitWith(main) {
  try {
    process.exitCode = await main();
  } catch (error) {
    if (interrupted) return;
    say(error instanceof Error ? error.message : String(error));
    await endAll();
    process.exit(2);
  }
}
