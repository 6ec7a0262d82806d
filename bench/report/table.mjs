/** @param {readonly string[]} head @param {readonly (readonly string[])[]} rows */
export function table(head, rows) {
  const widths = head.map((title, at) => Math.max(title.length, ...rows.map((row) => (row[at] ?? '').length)));
  /** @param {readonly string[]} row */
  const line = (row) =>
    `| ${row.map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0))).join(' | ')} |`;
  const rule = `| ${widths.map((width, at) => (at === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`;
  return [line(head), rule, ...rows.map(line)].join('\n');
}

const thousands = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

/** A figure for a table; a dash where there is none. @param {number | undefined} value @param {number} digits */
export function shown(value, digits) {
  if (value === undefined || !Number.isFinite(value)) return '-';
  return digits === 0 ? thousands.format(value) : value.toFixed(digits);
}

/** @param {number | undefined} value */
export const percent = (value) => (value === undefined || Number.isNaN(value) ? '-' : `${(value * 100).toFixed(0)} %`);
