import { describe, expect, it } from 'vitest';
import { type AdminAuditEntry, type ChainedEntry } from './admin-audit.repository.js';
import { chained, follows, ORIGIN } from './audit-chain.js';

const ENTRY: AdminAuditEntry = {
  requestId: '01a21f7a-08bf-70b8-b94d-84bd5ed30f03',
  administrator: { tokenId: 'acunRwMj6ISb', name: 'ops' },
  action: 'keys.update',
  target: 'k',
  details: { before: { a: 1, b: [2, { c: 3, d: null }] }, after: {} },
};
const AT = new Date('2026-11-28T02:00:00.123Z');

const first = chained(ENTRY, ORIGIN, AT);
const second = chained({ ...ENTRY, target: 'l' }, first, AT);

describe('a chained line', () => {
  it('follows the one before it, and no other', () => {
    expect(follows(first, ORIGIN)).toBe(true);
    expect(follows(second, first)).toBe(true);
    expect(follows(second, ORIGIN)).toBe(false);
    expect(follows(first, second)).toBe(false);
  });

  it('is hashed in a way that never changes', () => {
    expect(first.hash.toString('hex')).toBe('db84466be8a3eaebee913daf766e9045fbcfbb9a4c932513a98a0e6a0975a7d8');
  });

  it('is the same whatever the order of names', () => {
    const details = { after: {}, before: { b: [2, { d: null, c: 3 }], a: 1 } };
    expect(follows({ ...first, details }, ORIGIN)).toBe(true);
  });

  it.each<[string, Partial<ChainedEntry>]>([
    ['number', { number: 2 }],
    ['time', { at: new Date('2026-11-28T02:00:00.124Z') }],
    ['request', { requestId: '01a21f7a-08bf-70b8-b94d-84bd5ed30f04' }],
    ['token', { administrator: { tokenId: null, name: 'ops' } }],
    ['name', { administrator: { tokenId: 'acunRwMj6ISb', name: 'oops' } }],
    ['action', { action: 'keys.create' }],
    ['target', { target: null }],
    ['details', { details: { before: { a: 1, b: [2, { c: 3 }] }, after: {} } }],
    ['hash', { hash: Buffer.alloc(32) }],
    ['hash before', { previousHash: Buffer.alloc(32, 1) }],
  ])('is noticed to have another %s', (_what, change) => {
    expect(follows({ ...first, ...change }, ORIGIN)).toBe(false);
  });
});
