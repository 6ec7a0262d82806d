import { Controller, Get } from '@nestjs/common';
import { GatewayError } from '../../errors/gateway-error.js';
import { AdminAuditRepository, type ChainedEntry } from '../admin-audit.repository.js';
import { AdminRoute } from '../admin-route.decorator.js';
import { AdminQuery } from '../admin-validation.js';
import { answerSchema, FLAG, HASH, listOf, orNull, TEXT, TIME, WHOLE } from '../answer-schema.js';
import { NeedsScope } from '../needs-scope.decorator.js';
import { DEFAULT_LIMIT, pageOf } from '../page.js';
import { Documented } from '../route-documentation.decorator.js';
import { AuditVerification, type Verification } from './audit-verification.js';
import { AuditQuery, VerificationQuery } from './audit.dto.js';

/** Hashes go out in hexadecimal. */
type ShownEntry = Omit<ChainedEntry, 'administrator' | 'hash' | 'previousHash'> & {
  readonly tokenId: string | null;
  readonly tokenName: string;
  readonly hash: string;
  readonly previousHash: string;
};

type ShownVerification = Omit<Verification, 'head'> & { readonly head: { number: number; hash: string } };

const ENTRY = answerSchema<ShownEntry>('AuditEntry', {
  number: WHOLE,
  at: TIME,
  requestId: TEXT,
  tokenId: orNull(TEXT),
  tokenName: TEXT,
  action: TEXT,
  target: orNull(TEXT),
  details: { type: 'object' },
  previousHash: HASH,
  hash: HASH,
});
const AUDIT_PAGE = answerSchema<{ entries: unknown; next: unknown }>('AuditPage', {
  entries: listOf(ENTRY),
  next: orNull(WHOLE),
});
const HEAD = answerSchema<ShownVerification['head']>('AuditHead', { number: WHOLE, hash: HASH });
const VERIFICATION = answerSchema<ShownVerification>('AuditVerification', {
  entries: WHOLE,
  isWhole: FLAG,
  brokenAt: orNull(WHOLE),
  head: HEAD,
});

/** What administrators did. */
@AdminRoute()
@Controller('admin/audit')
export class AuditController {
  constructor(
    private readonly audit: AdminAuditRepository,
    private readonly verification: AuditVerification,
  ) {}

  /** The newest first; `next` leads to older ones, and is null where there are none. */
  @Get()
  @NeedsScope('audit:read')
  @Documented({ summary: 'Read what was done', query: AuditQuery, answer: AUDIT_PAGE })
  async list(
    @AdminQuery() { limit = DEFAULT_LIMIT, cursor, ...filter }: AuditQuery,
  ): Promise<{ entries: ShownEntry[]; next: number | null }> {
    const found = await this.audit.list({ ...filter, before: cursor }, limit + 1);
    const { items, next } = pageOf(found, limit, ({ number }) => number);
    return { entries: items.map(shown), next };
  }

  @Get('verify')
  @NeedsScope('audit:read')
  @Documented({ summary: 'Go through the audit log', query: VerificationQuery, answer: VERIFICATION })
  async verify(@AdminQuery() { number, hash }: VerificationQuery): Promise<ShownVerification> {
    if ((number === undefined) !== (hash === undefined)) {
      throw new GatewayError('missing_required_parameter', { param: number === undefined ? 'number' : 'hash' });
    }
    const noted = number === undefined || hash === undefined ? undefined : { number, hash: Buffer.from(hash, 'hex') };
    const { head, ...verification } = await this.verification.verify(noted);
    return { ...verification, head: { number: head.number, hash: head.hash.toString('hex') } };
  }
}

function shown({ administrator, hash, previousHash, ...entry }: ChainedEntry): ShownEntry {
  const { tokenId, name: tokenName } = administrator;
  return { ...entry, tokenId, tokenName, hash: hash.toString('hex'), previousHash: previousHash.toString('hex') };
}
