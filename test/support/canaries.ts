import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A text that is nowhere but where the test has put it. */
export const canary = (name: string): string => `${name}-${randomBytes(12).toString('hex')}`;

/** A text as it may stand somewhere: plain, in a URL, in hex as bytes of Postgres are, and in base64, wherever it begins. */
export function formsOf(needle: string): string[] {
  const inBase64 = ['', 'x', 'xx'].map((before) =>
    Buffer.from(before + needle)
      .toString('base64')
      .slice(4, -4),
  );
  return [needle, encodeURIComponent(needle), Buffer.from(needle).toString('hex'), ...inBase64];
}

/** The names of those that stand in a text. */
export const hits = (haystack: string, needles: Readonly<Record<string, string>>): string[] =>
  Object.entries(needles)
    .filter(([, needle]) => formsOf(needle).some((form) => haystack.includes(form)))
    .map(([name]) => name);

/** What stands in the files of a directory, and what they are called. */
export function filesIn(directory: string): string {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .map(
      (entry) => `${entry.name}\n${entry.isFile() ? readFileSync(join(entry.parentPath, entry.name), 'latin1') : ''}`,
    )
    .join('\n');
}
