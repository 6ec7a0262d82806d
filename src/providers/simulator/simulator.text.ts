import { createHash } from 'node:crypto';

export const CHARACTERS_PER_TOKEN = 4;

/** A rough count, and always the same. */
export function tokensIn(text: string): number {
  return Math.ceil(text.length / CHARACTERS_PER_TOKEN);
}

/** Pieces that make the text together, each with one word at its end. */
export function wordsOf(text: string): string[] {
  return text.match(/\s*\S+\s*$|\s*\S+|\s+/g) ?? [];
}

/** 24 hexadecimal digits: the same for the same value. */
export function digestOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 24);
}

/** What every sentence of the simulator's own begins with: nobody is to take it for a model's. */
export const SIMULATED = 'This is the simulator of Nestgate:';
