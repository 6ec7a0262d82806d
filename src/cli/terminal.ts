import { type Readable, type Writable } from 'node:stream';

export type Output = Writable & { readonly isTTY?: boolean };

/** What a command has of the world. */
export interface Terminal {
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stdout: Output;
  readonly stderr: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where relative paths begin. */
  readonly directory: string;
}

/** Writes a line for programs, or whatever a person is to read. */
export function print({ stdout }: Pick<Terminal, 'stdout'>, text: string): void {
  stdout.write(`${text}\n`);
}

/** A remark: not part of the result. */
export function remark({ stderr }: Pick<Terminal, 'stderr'>, text: string): void {
  stderr.write(`${text}\n`);
}

export function printJson(terminal: Pick<Terminal, 'stdout'>, value: unknown): void {
  print(terminal, JSON.stringify(value, undefined, 2));
}
