import { CommanderError } from 'commander';
import { ConfigurationError } from '../errors/configuration-error.js';
import { CommandFailure, EXIT, type ExitCode } from './exit-code.js';
import { programFor } from './program.js';
import { remark, type Terminal } from './terminal.js';

/**
 * Runs a command, and says on standard error why it failed.
 * @param words of the command line, after the program's name.
 * @returns the exit code.
 */
export async function run(words: readonly string[], terminal: Terminal): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT.ok;
  try {
    await programFor(terminal, (code) => (exitCode = code)).parseAsync([...words], { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    const { message, code } = await failureOf(error);
    remark(terminal, `nestgate: ${message}`);
    return code;
  }
}

async function failureOf(error: unknown): Promise<{ readonly message: string; readonly code: ExitCode }> {
  if (error instanceof CommandFailure) return { message: error.message, code: error.exitCode };
  if (error instanceof ConfigurationError) return { message: error.message, code: EXIT.configuration };
  const { explanationOf } = await import('../server/start-failure.js');
  const message = explanationOf(error) ?? (error instanceof Error ? error.message : String(error));
  return { message, code: EXIT.failed };
}
