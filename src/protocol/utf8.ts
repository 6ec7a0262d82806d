import { isAscii, isUtf8, transcode } from 'node:buffer';

/**
 * The text that bytes spell; `undefined` where they are not UTF-8. Of text that is not ASCII `toString('utf8')` makes the
 * same, in two to ten times as long.
 */
export function decodeStrictly(bytes: Buffer): string | undefined {
  if (isAscii(bytes)) return bytes.toString('latin1');
  return isUtf8(bytes) ? transcode(bytes, 'utf8', 'utf16le').toString('utf16le') : undefined;
}

/** The same where what is not UTF-8 is replaced by U+FFFD. */
export function decodeUtf8(bytes: Buffer): string {
  return decodeStrictly(bytes) ?? bytes.toString('utf8');
}
