import { createHash } from 'node:crypto';
import { isObject } from '../protocol/json.js';
import { type AdminAuditEntry, type ChainedEntry, type ChainEnd } from './admin-audit.repository.js';

/** What the first line comes after. */
export const ORIGIN: ChainEnd = { number: 0, hash: Buffer.alloc(32) };

/**
 * A line of the audit log as the next of the chain: whoever changes, removes or puts in one later has to write all that
 * follow anew, and those have been seen by others. How it is hashed never changes: old lines are checked by it.
 * @param entry as it can be stored and read again: its details as JSON has them.
 */
export function chained(entry: AdminAuditEntry, end: ChainEnd, at: Date): ChainedEntry {
  const link = { ...entry, number: end.number + 1, at, previousHash: end.hash };
  return { ...link, hash: hashOf(link) };
}

/** Whether a line is the one that was written after this end, and is as it was written. */
export function follows(entry: ChainedEntry, end: ChainEnd): boolean {
  return entry.number === end.number + 1 && entry.previousHash.equals(end.hash) && entry.hash.equals(hashOf(entry));
}

function hashOf({
  number,
  at,
  requestId,
  administrator,
  action,
  target,
  details,
  previousHash,
}: Omit<ChainedEntry, 'hash'>): Buffer {
  const { tokenId, name } = administrator;
  const text = JSON.stringify([number, at.toISOString(), requestId, tokenId, name, action, target, sorted(details)]);
  return createHash('sha256').update(previousHash).update(text).digest();
}

/** With the names of objects in one order: a database need not keep that in which they were written. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isObject(value)) return value;
  const names = Object.keys(value).sort();
  return Object.fromEntries(names.map((name) => [name, sorted(value[name])]));
}
