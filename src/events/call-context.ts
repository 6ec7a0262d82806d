import { uuidv7 } from 'uuidv7';
import { type Principal } from '../auth/principal.js';
import { type ParameterPolicy } from '../protocol/parameter-policy.js';
import { type RequestBody } from '../protocol/request-body.js';
import { type TokenUsage } from '../protocol/token-usage.js';
import { Cancellation } from '../upstream/cancellation.js';
import { type Attempt, type PassedOver } from './attempt.js';
import { type Operation } from './operation.js';

/** What is known of a request when it is let in. */
export interface CallStart<Request> {
  readonly operation: Operation;
  readonly principal: Principal;
  readonly request: Request;
  readonly body: RequestBody;
  /** The model as the client named it. */
  readonly requestModel: string;
  /** The model after aliases. */
  readonly model: string;
  readonly streaming: boolean;
  /** The `user` of the request. */
  readonly endUser: string | null;
  /** What becomes of parameters that a provider has nothing for. */
  readonly parameterPolicy: ParameterPolicy;
}

const NONE: readonly PassedOver[] = [];

/** One request on its way through the gateway: what the hooks of extensions and the events are about. */
export class CallContext<Request = unknown> implements CallStart<Request> {
  /** UUIDv7; the `x-request-id` of the answer and the id of the usage record. */
  readonly requestId: string;
  readonly operation: Operation;
  readonly principal: Principal;
  readonly request: Request;
  readonly body: RequestBody;
  readonly requestModel: string;
  readonly model: string;
  readonly streaming: boolean;
  readonly endUser: string | null;
  readonly parameterPolicy: ParameterPolicy;
  /** For people; durations are measured from `startedAtMonotonic`. */
  readonly startedAt: number = Date.now();
  /** Milliseconds of the monotonic clock. */
  readonly startedAtMonotonic: number = performance.now();
  /** Cancelled when the client has gone. */
  readonly cancellation = new Cancellation();

  /** Where it stands among the calls in flight. */
  place = -1;
  /** The tries so far, the one under way last. */
  readonly attempts: Attempt[] = [];
  /** The deployments that were not tried, with the reason. */
  passedOver = NONE;
  /** What the provider said, once it has. */
  usage: TokenUsage | undefined;
  /** Bytes of text that came from the provider, to estimate from where it does not say. */
  textBytes = 0;
  /** The status that has gone out to the client, once it has: what fails after that cannot change it. */
  sentStatus: number | undefined;
  /** Milliseconds from the start to the first content of a stream. */
  firstChunkMs: number | null = null;

  constructor(start: CallStart<Request>) {
    this.requestId = uuidv7();
    this.operation = start.operation;
    this.principal = start.principal;
    this.request = start.request;
    this.body = start.body;
    this.requestModel = start.requestModel;
    this.model = start.model;
    this.streaming = start.streaming;
    this.endUser = start.endUser;
    this.parameterPolicy = start.parameterPolicy;
  }

  /** The try that answers, or that was the last. */
  get lastAttempt(): Attempt | undefined {
    return this.attempts.at(-1);
  }

  /** Milliseconds since the start. */
  elapsed(): number {
    return performance.now() - this.startedAtMonotonic;
  }
}
