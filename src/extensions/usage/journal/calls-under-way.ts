import { type Placed, PlacedList } from '../../../collections/placed-list.js';
import { type AttemptTarget } from '../../../events/attempt.js';
import { type CallContext } from '../../../events/call-context.js';
import { type JournalSegment } from './journal-segment.js';

const UNDER_WAY = Symbol('nestgate.underWay');

/** A call that was sent to a provider. */
export interface CallUnderWay extends Placed {
  readonly call: CallContext;
  target: AttemptTarget;
  /** Where its line is. */
  segment: JournalSegment;
}

/** A call with what is known of it here. */
interface JournaledCall extends CallContext {
  [UNDER_WAY]?: CallUnderWay | undefined;
}

/** The calls whose lines are in the journal, and not their records. */
export class CallsUnderWay {
  private readonly calls = new PlacedList<CallUnderWay>();

  /** The call is on its way to a deployment, and its line in this segment. */
  note(call: JournaledCall, target: AttemptTarget, segment: JournalSegment): void {
    segment.open++;
    const known = call[UNDER_WAY];
    if (known === undefined) {
      this.calls.add((call[UNDER_WAY] = { call, target, segment, place: -1 }));
      return;
    }
    const before = known.segment;
    known.target = target;
    known.segment = segment;
    before.closeOne();
  }

  /** The call is over. @returns what was known of it; its segment has yet to hear. */
  end(call: JournaledCall | undefined): CallUnderWay | undefined {
    const known = call?.[UNDER_WAY];
    if (call === undefined || known === undefined) return undefined;
    call[UNDER_WAY] = undefined;
    this.calls.remove(known);
    return known;
  }

  snapshot(): readonly CallUnderWay[] {
    return this.calls.snapshot();
  }
}
