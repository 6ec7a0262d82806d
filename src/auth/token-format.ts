import { randomInt } from 'node:crypto';
import { crc32 } from 'node:zlib';

const ID_LENGTH = 12;
const SECRET_LENGTH = 43;
const CHECKSUM_LENGTH = 6;
const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

export interface GeneratedToken {
  readonly id: string;
  /** The whole token: to be shown once and kept nowhere. */
  readonly token: string;
}

/**
 * A secret that reads `<prefix><id>_<secret><checksum>`: an id of 12 characters, in clear; a secret of 43 (256 bits); and
 * a CRC-32 of all before it, by which a mistyped or made-up one is told from a real one without asking a database.
 */
export class TokenFormat {
  constructor(private readonly prefix: string) {}

  /** @param id of one whose secret is replaced. */
  generate(id = randomCharacters(ID_LENGTH)): GeneratedToken {
    const body = `${this.prefix}${id}_${randomCharacters(SECRET_LENGTH)}`;
    return { id, token: body + checksum(body) };
  }

  /** The id of a token of the right form and checksum; `undefined` for anything else. */
  idOf(token: string): string | undefined {
    const secretStart = this.prefix.length + ID_LENGTH + 1;
    const length = secretStart + SECRET_LENGTH + CHECKSUM_LENGTH;
    if (token.length !== length || !token.startsWith(this.prefix) || token[secretStart - 1] !== '_') return undefined;
    const body = token.slice(0, -CHECKSUM_LENGTH);
    if (checksum(body) !== token.slice(-CHECKSUM_LENGTH)) return undefined;
    const id = token.slice(this.prefix.length, this.prefix.length + ID_LENGTH);
    return /^[0-9A-Za-z]+$/.test(id + token.slice(secretStart)) ? id : undefined;
  }

  /** What people may see of a token: its start and its last four characters. */
  mask(token: string): string {
    return `${token.slice(0, this.prefix.length + 4)}…${token.slice(-4)}`;
  }
}

function checksum(body: string): string {
  let rest = crc32(body);
  let text = '';
  for (let digit = 0; digit < CHECKSUM_LENGTH; digit++) {
    text = ALPHABET.charAt(rest % ALPHABET.length) + text;
    rest = Math.floor(rest / ALPHABET.length);
  }
  return text;
}

function randomCharacters(length: number): string {
  let text = '';
  for (let count = 0; count < length; count++) text += ALPHABET.charAt(randomInt(ALPHABET.length));
  return text;
}
