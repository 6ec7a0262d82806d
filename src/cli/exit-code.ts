/** How a command ended, for scripts. Documented in docs/administer.md. */
export const EXIT = {
  ok: 0,
  /** It was not done, or something is not as it should be. */
  failed: 1,
  /** The command line is wrong: nothing was tried. */
  usage: 2,
  /** Nobody answers. */
  unreachable: 3,
  /** The token or key is not good for it. */
  refused: 4,
  /** There is no such thing. */
  notFound: 5,
  /** Somebody else was quicker, or it is in use. */
  conflict: 6,
  /** EX_CONFIG of sysexits.h: trying again without changing the configuration will not help. */
  configuration: 78,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** A command that cannot go on: says why in one sentence, without secrets. */
export class CommandFailure extends Error {
  override readonly name = 'CommandFailure';

  constructor(
    message: string,
    readonly exitCode: ExitCode = EXIT.failed,
  ) {
    super(message);
  }
}

/** By the status of an answer. */
export function exitCodeOf(status: number): ExitCode {
  if (status === 401 || status === 403) return EXIT.refused;
  if (status === 404) return EXIT.notFound;
  return status === 409 || status === 412 || status === 428 ? EXIT.conflict : EXIT.failed;
}
