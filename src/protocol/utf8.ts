import { isAscii, isUtf8, transcode } from 'node:buffer';

/**
 * The text that bytes spell; what is not UTF-8 in them is replaced by U+FFFD. Of text that is not ASCII
 * `toString('utf8')` makes the same, in two to ten times as long.
 */
export function decodeUtf8(bytes: Buffer): string {
  if (isAscii(bytes)) return bytes.toString('latin1');
  return isUtf8(bytes) ? decodeValidUtf8(bytes) : bytes.toString('utf8');
}

/** The same of bytes that are known to be UTF-8. @throws Error where they are not. */
export function decodeValidUtf8(bytes: Buffer): string {
  return transcode(bytes, 'utf8', 'utf16le').toString('utf16le');
}
