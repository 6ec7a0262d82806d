import fc from 'fast-check';

const asked = process.env['FUZZ_RUNS'];

/** How often each property is tried: a little with all the tests, long by `npm run fuzz`. */
const RUNS = Number(asked ?? 200);

/** With all the tests always the same: what is found by chance is for those who look for it. */
const SEED = asked === undefined ? { seed: 20_261_128 } : {};

/** Parameters of `fc.assert`. @param share of the runs, for what takes long. */
export const fuzzing = (share = 1): { numRuns: number; seed?: number } => ({
  numRuns: Math.max(10, Math.ceil(RUNS * share)),
  ...SEED,
});

/** Milliseconds that a test may take. */
export const PATIENCE = 60_000 + RUNS * 20;

interface Change {
  readonly at: number;
  readonly kind: 'flip' | 'drop' | 'insert' | 'repeat' | 'end';
  readonly bytes: Uint8Array;
}

/** What protocols are made of, put where it does not belong. */
const TOKENS = [
  '\r\n',
  '\n\n',
  '\0',
  '"',
  '{',
  '}',
  '[',
  ']',
  ':',
  ',',
  '\\',
  '\\ud800',
  'data:',
  '--',
  '__proto__',
  '1e999',
  '😀',
];

const change = (length: number): fc.Arbitrary<Change> =>
  fc.record({
    at: fc.nat(Math.max(0, length - 1)),
    kind: fc.constantFrom('flip', 'drop', 'insert', 'repeat', 'end'),
    bytes: fc.oneof(
      fc.uint8Array({ minLength: 1, maxLength: 8 }),
      fc.constantFrom(...TOKENS).map((token) => Buffer.from(token)),
    ),
  });

/** A sound text of a protocol, damaged in some places. */
export function damaged(sound: Buffer): fc.Arbitrary<Buffer> {
  return fc.array(change(sound.length), { minLength: 0, maxLength: 6 }).map((changes) => changes.reduce(damage, sound));
}

function damage(before: Buffer, { at, kind, bytes }: Change): Buffer {
  const here = Math.min(at, before.length);
  const head = before.subarray(0, here);
  const { length } = bytes;
  switch (kind) {
    case 'flip':
      return Buffer.concat([head, bytes, before.subarray(here + length)]);
    case 'drop':
      return Buffer.concat([head, before.subarray(here + length)]);
    case 'insert':
      return Buffer.concat([head, bytes, before.subarray(here)]);
    case 'repeat':
      return Buffer.concat([head, before.subarray(Math.max(0, here - 8 * length))]);
    default:
      return head;
  }
}

/** Places at which bytes are cut into pieces. */
export const cuts = fc.array(fc.nat(4_000), { maxLength: 8 });

export function piecesOf(bytes: Buffer, places: readonly number[]): Buffer[] {
  const sorted = [...places.filter((place) => place < bytes.length), bytes.length].sort((a, b) => a - b);
  let from = 0;
  return sorted.map((to) => {
    const piece = bytes.subarray(from, to);
    from = to;
    return piece;
  });
}
