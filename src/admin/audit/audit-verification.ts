import { Injectable } from '@nestjs/common';
import { AdminAuditRepository, type ChainEnd } from '../admin-audit.repository.js';
import { follows } from '../audit-chain.js';

const BATCH = 500;

export interface Verification {
  /** Lines that were looked at. */
  readonly entries: number;
  readonly isWhole: boolean;
  /** The number of the first line that is not as it was written, or is not there; `null` where all are. */
  readonly brokenAt: number | null;
  /** The last line that is right. */
  readonly head: ChainEnd;
}

/** Goes through the whole audit log, and tells whether each line is as it was written and none is missing. */
@Injectable()
export class AuditVerification {
  constructor(private readonly audit: AdminAuditRepository) {}

  /** @param noted a line as somebody has noted it: without one, lines missing at the end cannot be told from none. */
  async verify(noted?: ChainEnd): Promise<Verification> {
    let head = this.audit.start();
    let entries = 0;
    const broken = (): Verification => ({ entries, isWhole: false, brokenAt: head.number + 1, head });
    for (;;) {
      const batch = await this.audit.following(head.number, BATCH);
      for (const entry of batch) {
        entries++;
        if (!follows(entry, head)) return broken();
        if (entry.number === noted?.number && !entry.hash.equals(noted.hash)) return broken();
        head = entry;
      }
      if (batch.length < BATCH) break;
    }
    const isWhole = noted === undefined || noted.number <= head.number;
    return { entries, isWhole, brokenAt: isWhole ? null : head.number + 1, head };
  }
}
