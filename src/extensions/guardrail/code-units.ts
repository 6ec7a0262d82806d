/** UTF-16 code units as ranges, in ascending order, that neither overlap nor touch. */
export type CodeUnits = readonly (readonly [from: number, to: number])[];

const LAST = 0xffff;

/** Beyond these no letters of two cases are in use that a pattern would care for: Latin, Greek, Cyrillic. */
const LAST_WITH_CASE = 0x052f;

export const DIGITS = unitsOf([[0x30, 0x39]]);
export const WORDS = unitsOf([
  [0x30, 0x39],
  [0x41, 0x5a],
  [0x5f, 0x5f],
  [0x61, 0x7a],
]);
/** As JavaScript has them. */
export const SPACES = unitsOf([
  [0x09, 0x0d],
  [0x20, 0x20],
  [0xa0, 0xa0],
  [0x1680, 0x1680],
  [0x2000, 0x200a],
  [0x2028, 0x2029],
  [0x202f, 0x202f],
  [0x205f, 0x205f],
  [0x3000, 0x3000],
  [0xfeff, 0xfeff],
]);
export const LINE_ENDS = unitsOf([
  [0x0a, 0x0a],
  [0x0d, 0x0d],
  [0x2028, 0x2029],
]);

export function unitsOf(ranges: Iterable<readonly [number, number]>): CodeUnits {
  const joined: [number, number][] = [];
  for (const [from, to] of [...ranges].sort(([a], [b]) => a - b)) {
    const last = joined.at(-1);
    if (last !== undefined && from <= last[1] + 1) last[1] = Math.max(last[1], to);
    else joined.push([from, to]);
  }
  return joined;
}

export function otherThan(units: CodeUnits): CodeUnits {
  const others: [number, number][] = [];
  let from = 0;
  for (const [start, end] of units) {
    if (start > from) others.push([from, start - 1]);
    from = end + 1;
  }
  if (from <= LAST) others.push([from, LAST]);
  return others;
}

/** With the other case of every letter in it. */
export function inBothCases(units: CodeUnits): CodeUnits {
  const ranges: [number, number][] = units.map(([from, to]) => [from, to]);
  for (const [from, to] of units) {
    for (let unit = from; unit <= Math.min(to, LAST_WITH_CASE); unit++) {
      const letter = String.fromCharCode(unit);
      for (const other of [letter.toLowerCase(), letter.toUpperCase()]) {
        if (other.length === 1) ranges.push([other.charCodeAt(0), other.charCodeAt(0)]);
      }
    }
  }
  return unitsOf(ranges);
}

export function holds(units: CodeUnits, unit: number): boolean {
  return units.some(([from, to]) => unit >= from && unit <= to);
}
