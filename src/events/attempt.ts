import { type GatewayError } from '../errors/gateway-error.js';
import { type BillableUnits } from '../protocol/billable-units.js';
import { type TokenUsage } from '../protocol/token-usage.js';

/** The deployment that a try went to. */
export interface AttemptTarget {
  /** `<provider>/<model>` */
  readonly id: string;
  readonly providerName: string;
  /** What clients call the model. */
  readonly model: string;
  /** The model by the provider's name for it. */
  readonly upstreamModel: string;
  /** Made for one request that named the model, which its provider may not have. */
  readonly isUnlisted?: true;
}

/** Filled while the request is translated. */
interface UnsupportedNames {
  readonly names: readonly string[];
}

/** One try of a call on one deployment. */
export class Attempt {
  /** Milliseconds of the monotonic clock. */
  readonly startedAt: number = performance.now();
  /** What the provider had counted when the try failed, of an answer that nobody got. */
  wasted: TokenUsage | undefined;
  /** What it had said beside tokens by then. */
  wastedUnits: BillableUnits | undefined;
  private ended: { durationMs: number; error: GatewayError | undefined } | undefined;

  constructor(
    readonly target: AttemptTarget,
    /** Parameters that the provider has nothing for, where the client wants to hear of them. */
    readonly warnings: UnsupportedNames = { names: [] },
    /** Which of the provider's keys it went with, counted from 0; `null` where there is one only. */
    readonly keyIndex: number | null = null,
  ) {}

  /** Milliseconds; of a try under way, so far. */
  get durationMs(): number {
    return this.ended?.durationMs ?? performance.now() - this.startedAt;
  }

  /** What it failed with; `undefined` for one that succeeded, or is under way. */
  get error(): GatewayError | undefined {
    return this.ended?.error;
  }

  get isOver(): boolean {
    return this.ended !== undefined;
  }

  /** The first end counts. */
  end(error?: GatewayError): void {
    this.ended ??= { durationMs: performance.now() - this.startedAt, error };
  }
}

/** A deployment that a call did not go to: it is known to lack what the request uses, or was closed at the moment. */
export interface PassedOver {
  readonly target: AttemptTarget;
  /** `lacks_tools`, `lacks_json_schema`, `lacks_image_input`, `lacks_embeddings`, `context_too_short`, `rate_limited`, … */
  readonly reason: string;
}
