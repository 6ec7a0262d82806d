import { DEFAULT_LIMIT, pageOf } from './page.js';

/** Part of a list that is in memory, in the order of what tells its items apart. @param after where the page before ended. */
export function sortedPage<Item>(
  items: readonly Item[],
  keyOf: (item: Item) => string,
  limit: number = DEFAULT_LIMIT,
  after = '',
): { readonly items: readonly Item[]; readonly next: string | null } {
  const sorted = items.filter((item) => keyOf(item) > after).sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  return pageOf(sorted.slice(0, limit + 1), limit, keyOf);
}
