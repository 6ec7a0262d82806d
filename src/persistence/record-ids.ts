/** Clocks of replicas differ, and an id is made a moment before or after the start that is on record. */
export const LEEWAY_MS = 3_600_000;

/** The least UUIDv7 of a time. */
export function firstIdAt(milliseconds: number): string {
  const time = Math.min(Math.max(0, Math.floor(milliseconds)), 2 ** 48 - 1);
  const digits = time.toString(16).padStart(12, '0');
  return `${digits.slice(0, 8)}-${digits.slice(8)}-0000-0000-000000000000`;
}

/** Milliseconds since 1970 that a UUIDv7 begins with. */
export function timeOfId(id: string): number {
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
}

/** No record that started then or later has an id below this one. */
export function leastIdFrom(time: Date): string {
  return firstIdAt(time.getTime() - LEEWAY_MS);
}

/** No record that started before has this id or one above. */
export function leastIdBeyond(time: Date): string {
  return firstIdAt(time.getTime() + LEEWAY_MS);
}
