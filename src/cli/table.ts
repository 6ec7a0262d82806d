import { isObject } from '../protocol/json.js';

/** A column of a table: its head, and where its values stand in an item: `name`, `tokens.output`. */
export type Column = readonly [head: string, path: string];

/** Terminals obey control characters, and names and answers are written by others. */
export function plain(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Bidi_Control}]/gu, '\uFFFD');
}

/** Columns of which no item has anything are left out. */
export function tableOf(items: readonly unknown[], columns: readonly Column[]): string {
  const shown = columns.filter(([, path]) => items.length === 0 || items.some((item) => at(item, path) !== undefined));
  const rows = [shown.map(([head]) => head), ...items.map((item) => shown.map(([, path]) => cell(at(item, path))))];
  const widths = shown.map((_, index) => Math.max(...rows.map((row) => row[index]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((value, index) => value.padEnd(widths[index] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** One thing, a member a line. */
export function membersOf(item: unknown): string {
  if (!isObject(item)) return cell(item);
  const members = Object.entries(item);
  const width = Math.max(0, ...members.map(([name]) => name.length));
  return members.map(([name, value]) => `${plain(name).padEnd(width)}  ${cell(value)}`).join('\n');
}

function at(item: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((value, name) => (isObject(value) ? value[name] : undefined), item);
}

function cell(value: unknown): string {
  if (value === null || value === undefined) return '-';
  if (typeof value === 'string') return plain(value);
  if (Array.isArray(value) && value.every((one) => typeof one !== 'object')) return plain(value.join(','));
  return plain(JSON.stringify(value));
}
