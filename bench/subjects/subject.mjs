import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const BENCH = dirname(dirname(fileURLToPath(import.meta.url)));
export const ROOT = dirname(BENCH);
/** Where other gateways are installed, each the first time it is asked for. */
export const PEERS = join(BENCH, '.peers');

/** @typedef {'bare' | 'nestgate' | 'nestgate-off' | 'portkey' | 'litellm' | 'crabllm' | 'bifrost'} SubjectName */

/**
 * @typedef {{
 *   mockPort: number,
 *   port: number,
 *   core: number | undefined,
 *   main: string,
 *   databaseUrl: string | undefined,
 *   counter?: import('../processes/callgrind.mjs').Counter | undefined,
 * }} Surroundings `main`: the file that starts Nestgate; `core`: to be pinned to; `counter`: of instructions
 *
 * @typedef {{
 *   name: string,
 *   version: string,
 *   child: import('../processes/children.mjs').Child,
 *   origin: string,
 *   headers: Record<string, string>,
 *   dataDirectory?: string,
 *   keys?: readonly string[],
 *   modelPrefix?: string,
 * }} Subject `headers`: what each request to it carries; `dataDirectory`: of Nestgate; `keys`: that ask in turn;
 *   `modelPrefix`: before the names of models
 */

/** A subject that is not there; the run goes on without it and says this. */
export class SubjectMissing extends Error {}

/** @param {string} folder */
export function packageVersion(folder) {
  return String(JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).version);
}

/**
 * Runs an installation; what it complains of becomes the reason why the subject is missing.
 * @param {string} what @param {() => void} install
 */
export function installing(what, install) {
  try {
    install();
  } catch (error) {
    const output = /** @type {{ stderr?: Buffer }} */ (error).stderr?.toString().trim() || String(error);
    const [reason = ''] = output.split('\n').slice(-1);
    throw new SubjectMissing(`${what} could not be installed: ${reason.slice(-300)}`, { cause: error });
  }
}

/**
 * A peer that does not come up is missing, and no failure of the run.
 * @param {import('../processes/children.mjs').Child} child @param {() => Promise<void>} isReady
 */
export async function orMissing(child, isReady) {
  try {
    await isReady();
  } catch (error) {
    await child.end();
    throw new SubjectMissing(error instanceof Error ? error.message : String(error), { cause: error });
  }
}
