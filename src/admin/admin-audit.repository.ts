import { type Administrator } from './administrator.js';

/** What an administrator did. */
export interface AdminAction {
  /** `cache.clear`, … */
  readonly action: string;
  /** On what: a name, an id; `null` where the action says it. */
  readonly target: string | null;
  /** What else it takes to understand it. Never a secret. */
  readonly details: Readonly<Record<string, unknown>>;
}

/** One line of the audit log. */
export interface AdminAuditEntry extends AdminAction {
  /** UUIDv7: of the request that asked for it, as its `x-request-id` told. */
  readonly requestId: string;
  readonly administrator: Administrator;
}

/** The last line of the audit log, as the next is chained to it. */
export interface ChainEnd {
  /** From 1, without gaps. */
  readonly number: number;
  /** SHA-256 of the line and of the hash before it. */
  readonly hash: Buffer;
}

/** A line where it stands. */
export interface ChainedEntry extends AdminAuditEntry, ChainEnd {
  readonly at: Date;
  readonly previousHash: Buffer;
}

/** Which lines: those that are like all that is given. */
export interface AdminAuditFilter {
  /** Written then or later. */
  readonly from?: Date | undefined;
  /** Written before. */
  readonly to?: Date | undefined;
  readonly action?: string | undefined;
  readonly target?: string | undefined;
  readonly tokenId?: string | undefined;
  /** Only those with a lower number. */
  readonly before?: number | undefined;
}

/** Where it is kept what administrators did: nothing in it is ever changed or deleted. */
export abstract class AdminAuditRepository {
  abstract append(entry: AdminAuditEntry): Promise<void>;

  /** The newest first. */
  abstract list(filter: AdminAuditFilter, limit: number): Promise<readonly ChainedEntry[]>;

  /** The oldest first. @param number those after this one. */
  abstract following(number: number, limit: number): Promise<readonly ChainedEntry[]>;

  /** What the first line that is kept comes after. */
  abstract start(): ChainEnd;
}
