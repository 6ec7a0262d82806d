import { randomUUID } from 'node:crypto';

/**
 * A UUIDv7: ids of one millisecond in no order, which is enough for an index to grow at its end. Node has the random part
 * of many at hand; a library that counts within the millisecond takes thirty times as long, and every call has one.
 *
 * @param now milliseconds since 1970
 * @see https://www.rfc-editor.org/rfc/rfc9562#name-uuid-version-7
 */
export function requestId(now: number): string {
  if (now !== spelt.now) spelt = { now, text: timeText(now) };
  return spelt.text + randomUUID().slice(15);
}

/** The last millisecond that was spelt. Several calls come in one, and to spell it takes longer than all the rest. */
let spelt = { now: 0, text: timeText(0) };

function timeText(now: number): string {
  const time = now.toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7`;
}
