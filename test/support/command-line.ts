import { Readable, Writable } from 'node:stream';
import { run } from '../../src/cli/run.js';
import { type Terminal } from '../../src/cli/terminal.js';

/** What a command came to. */
export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Standard output, of `--json`. */
  readonly json: Record<string, unknown>;
}

export interface CommandOptions {
  readonly env?: Record<string, string | undefined>;
  readonly stdin?: string;
  /** Whether a person sees it. */
  readonly isTTY?: boolean;
  readonly directory?: string;
}

class Collected extends Writable {
  text = '';

  constructor(readonly isTTY: boolean) {
    super({ decodeStrings: false });
  }

  override _write(chunk: string | Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

/** Runs a command in this process. @param words as they are typed, or one by one where they hold spaces. */
export async function command(words: string | readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
  const { env = {}, stdin = '', isTTY = false, directory = process.cwd() } = options;
  const stdout = new Collected(isTTY);
  const stderr = new Collected(isTTY);
  const terminal: Terminal = { stdin: Readable.from([stdin]), stdout, stderr, env, directory };
  const code = await run(typeof words === 'string' ? words.split(' ').filter((word) => word !== '') : words, terminal);
  return {
    code,
    stdout: stdout.text,
    stderr: stderr.text,
    get json() {
      return JSON.parse(stdout.text) as Record<string, unknown>;
    },
  };
}
