import { endAll } from './processes/children.mjs';

/** Progress, which is no result. @param {string} line */
export const say = (line) => void process.stderr.write(`${line}\n`);

let interrupted = false;

/** `Ctrl-C` ends all that was started. */
export function endOnSignals() {
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    process.on(signal, () => {
      if (interrupted) return;
      interrupted = true;
      say(`\n${signal}: ending what was started.`);
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
