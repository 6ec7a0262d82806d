import { type CallContext } from '../events/call-context.js';
import { type UsageRecord } from './usage-record.js';

/** A call is over and its usage record made, on its way to be stored: what counts costs and tokens listens to this. */
export class UsageRecorded {
  constructor(
    readonly call: CallContext,
    readonly record: UsageRecord,
  ) {}
}
