import { type BudgetCharge } from '../../events/budget-charge.js';

/** From when until when an account counts, in milliseconds since 1970; `null` for ever. */
export interface BudgetWindow {
  readonly start: number;
  readonly end: number | null;
}

const DAY_MS = 86_400_000;

/** The window that a moment is in, by the calendar of the time zone. */
export function budgetWindow(
  at: number,
  { period, timeZone, weekStartsOn }: Pick<BudgetCharge, 'period' | 'timeZone' | 'weekStartsOn'>,
): BudgetWindow {
  if (period === 'total') return { start: 0, end: null };
  const local = new Date(at + offsetAt(at, timeZone));
  const [year, month, day] = [local.getUTCFullYear(), local.getUTCMonth(), local.getUTCDate()];
  if (period === 'month') {
    return { start: instantOf(Date.UTC(year, month), timeZone), end: instantOf(Date.UTC(year, month + 1), timeZone) };
  }
  const daysIntoWeek = (local.getUTCDay() + 6 - weekStartsOn) % 7;
  const first = Date.UTC(year, month, period === 'day' ? day : day - daysIntoWeek);
  const days = period === 'day' ? 1 : 7;
  return { start: instantOf(first, timeZone), end: instantOf(first + days * DAY_MS, timeZone) };
}

/** @param local what the clocks there show, as if they were in Greenwich. */
function instantOf(local: number, timeZone: string): number {
  const guess = local - offsetAt(local, timeZone);
  return local - offsetAt(guess, timeZone);
}

/** Milliseconds that the clocks of a time zone are before Greenwich's. */
function offsetAt(at: number, timeZone: string): number {
  const seconds = Math.floor(at / 1000) * 1000;
  const parts: Record<string, number> = {};
  for (const { type, value } of clockOf(timeZone).formatToParts(seconds)) parts[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second) - seconds;
}

const clocks = new Map<string, Intl.DateTimeFormat>();

function clockOf(timeZone: string): Intl.DateTimeFormat {
  let clock = clocks.get(timeZone);
  if (clock === undefined) {
    clock = new Intl.DateTimeFormat('en-u-ca-gregory-nu-latn', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    clocks.set(timeZone, clock);
  }
  return clock;
}
