import { type Terminal } from './terminal.js';

const TELL_EVERY_MS = 1_000;

/** Tells a person for how long an answer has been waited for, until it is there; in pipes nothing. */
export async function whileWaiting<T>({ stderr }: Pick<Terminal, 'stderr'>, work: () => Promise<T>): Promise<T> {
  if (stderr.isTTY !== true) return work();
  let told = 0;
  const timer = setInterval(() => stderr.write(`\rwaiting, ${++told} s`), TELL_EVERY_MS);
  try {
    return await work();
  } finally {
    clearInterval(timer);
    // Back to the beginning of an empty line.
    if (told > 0) stderr.write('\r\u001b[K');
  }
}
