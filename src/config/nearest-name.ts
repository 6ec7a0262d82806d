// Longer names are not what somebody meant to type, and the comparison takes the square of their length.
const MAX_LENGTH = 64;

/** The candidate that somebody who wrote `name` most likely meant; `undefined` where none is near. */
export function nearestName(name: string, candidates: Iterable<string>): string | undefined {
  if (name.length > MAX_LENGTH) return undefined;
  const written = simplified(name);
  let nearest: string | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const candidate of candidates) {
    if (candidate.length > MAX_LENGTH) continue;
    const meant = simplified(candidate);
    const distance = editDistance(written, meant);
    if (distance < least && distance <= Math.floor(Math.max(written.length, meant.length) / 3)) {
      least = distance;
      nearest = candidate;
    }
  }
  return nearest;
}

/** `base_url` and `BaseURL` are the same slip. */
function simplified(name: string): string {
  return name.toLowerCase().replace(/[-_ ]/g, '');
}

/** Letters to add, drop, replace, or swap with their neighbour (optimal string alignment). */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const isSame = a[row - 1] === b[column - 1];
      let cost = Math.min(at(last, column) + 1, at(current, column - 1) + 1, at(last, column - 1) + (isSame ? 0 : 1));
      const isSwap = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      if (isSwap) cost = Math.min(cost, at(beforeLast, column - 2) + 1);
      current.push(cost);
    }
    [beforeLast, last] = [last, current];
  }
  return at(last, b.length);
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Number.POSITIVE_INFINITY;
}
