/** What a page holds where nobody says how much. */
export const DEFAULT_LIMIT = 100;

/** Part of a list. */
interface Page<Item, Cursor> {
  readonly items: readonly Item[];
  /** Where the next page begins; `null` where there is none. */
  readonly next: Cursor | null;
}

/** @param found what was found of one more than `limit`: that one tells whether there is anything behind. */
export function pageOf<Item, Cursor>(
  found: readonly Item[],
  limit: number,
  cursorOf: (last: Item) => Cursor,
): Page<Item, Cursor> {
  const items = found.slice(0, limit);
  const last = items.at(-1);
  return { items, next: found.length > limit && last !== undefined ? cursorOf(last) : null };
}
