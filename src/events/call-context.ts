import { type IncomingHttpHeaders } from 'node:http';
import { requestId } from '../protocol/request-id.js';
import { type Principal } from '../auth/principal.js';
import { type ParameterPolicy } from '../protocol/parameter-policy.js';
import { type BillableUnits } from '../protocol/billable-units.js';
import { JsonBody } from '../protocol/json-body.js';
import { isObject } from '../protocol/json.js';
import { MultipartForm } from '../protocol/multipart-form.js';
import { type RequestBody } from '../protocol/request-body.js';
import { type TokenUsage } from '../protocol/token-usage.js';
import { Cancellation } from '../upstream/cancellation.js';
import { type Attempt, type AttemptTarget, type PassedOver } from './attempt.js';
import { type BudgetCharge, type LeaseDraw } from './budget-charge.js';
import { type CallAnswer } from './call-answer.js';
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
  /** What the client files it under, by `x-nestgate-tag`. */
  readonly tag?: string | null | undefined;
  /** What becomes of parameters that a provider has nothing for. */
  readonly parameterPolicy: ParameterPolicy;
  /** The deployments that may answer, in no particular order. */
  readonly candidates: readonly AttemptTarget[];
  /** Of the HTTP request, with lower-case names; empty for a call that came another way. */
  readonly headers: IncomingHttpHeaders;
  /** The other end of the connection: a client, or what stands before it. */
  readonly client?: ClientAddress | undefined;
  /** The gateways that it has come through. */
  readonly via?: string | undefined;
}

/** A connection, which is asked only where somebody wants to know. */
interface ClientAddress {
  readonly remoteAddress?: string | undefined;
}

const NONE: readonly PassedOver[] = [];

/** One request on its way through the gateway: what the hooks of extensions and the events are about. */
export class CallContext<Request = unknown> implements CallStart<Request> {
  /** UUIDv7; the `x-request-id` of the answer and the id of the usage record. */
  readonly requestId: string;
  readonly operation: Operation;
  readonly principal: Principal;
  readonly requestModel: string;
  readonly model: string;
  readonly streaming: boolean;
  readonly endUser: string | null;
  readonly tag: string | null;
  readonly parameterPolicy: ParameterPolicy;
  readonly candidates: readonly AttemptTarget[];
  readonly headers: IncomingHttpHeaders;
  readonly client: ClientAddress | undefined;
  readonly via: string | undefined;
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
  /** What the provider said of units beside tokens, once it has. */
  units: BillableUnits | undefined;
  /** Bytes of text that came from the provider, to estimate from where it does not say. */
  textBytes = 0;
  /** The status that has gone out to the client, once it has: what fails after that cannot change it. */
  sentStatus: number | undefined;
  /** Milliseconds from the start to the first content of a stream. */
  firstChunkMs: number | null = null;
  /** The accounts of budgets that it is paid from, once that is known, but for those of the lease. */
  charges: readonly BudgetCharge[] | undefined;
  /** What it has drawn from a lease on accounts of budgets, once it has. */
  leaseDraw: LeaseDraw | undefined;
  /** Sent on to providers, where traces are to go on there. */
  traceparent: string | undefined;
  /** The extension that answered in place of a provider. */
  answeredBy: string | null = null;
  /**
   * Set while `CallCompleted` or `CallFailed` is told, where there is a journal: the last byte waits until the usage
   * record is kept, and that of an answer does not go out where it rejects.
   */
  recording: Promise<void> | undefined;
  /**
   * What goes to the client, once all of it is known: set before `CallCompleted`. Of a stream only where somebody asked
   * for it by `keepAnswer`, and it was not larger than that.
   */
  answer: CallAnswer | undefined;

  private currentRequest: Request;
  private currentBody: RequestBody;
  private extraHeaders: string[] | undefined;
  private keptBytes = 0;

  constructor(start: CallStart<Request>) {
    this.requestId = requestId(this.startedAt);
    this.operation = start.operation;
    this.principal = start.principal;
    this.currentRequest = start.request;
    this.currentBody = start.body;
    this.requestModel = start.requestModel;
    this.model = start.model;
    this.streaming = start.streaming;
    this.endUser = start.endUser;
    this.tag = start.tag ?? null;
    this.parameterPolicy = start.parameterPolicy;
    this.candidates = start.candidates;
    this.headers = start.headers;
    this.client = start.client;
    this.via = start.via;
  }

  /** As parsed, or as an extension has changed it. */
  get request(): Request {
    return this.currentRequest;
  }

  get body(): RequestBody {
    return this.currentBody;
  }

  /** What extensions have set by `setHeader`: names and values in turn. */
  get answerHeaders(): readonly string[] | undefined {
    return this.extraHeaders;
  }

  /** The most that is kept of a streamed answer; 0 where nobody asked for it. */
  get keepsAnswerBytes(): number {
    return this.keptBytes;
  }

  /**
   * Sends another request than the client's: a changed copy of `request`. Of a form only its text fields can be changed.
   * Only before the call is dispatched.
   */
  replaceRequest(request: Request & Record<string, unknown>): void {
    const { currentBody: body, currentRequest: before } = this;
    this.currentRequest = request;
    if (body instanceof JsonBody) this.currentBody = body.changedTo(request);
    else if (body instanceof MultipartForm) this.currentBody = body.withFields(changedTexts(before, request));
    else this.currentBody = JsonBody.of(request);
  }

  /** Sets a header of the answer, or of the error; the last value counts. @param value printable ASCII. */
  setHeader(name: string, value: string): void {
    const headers = (this.extraHeaders ??= []);
    for (let at = 0; at < headers.length; at += 2) {
      if (headers[at] !== name) continue;
      headers[at + 1] = value;
      return;
    }
    headers.push(name, value);
  }

  /** Has a streamed answer kept for `answer`, if it is not larger than so many bytes. */
  keepAnswer(maxBytes: number): void {
    this.keptBytes = Math.max(this.keptBytes, maxBytes);
  }

  /** What the caller's key says for an extension of this name. */
  settingsFor(extension: string): Readonly<Record<string, unknown>> | undefined {
    return this.principal.settings.extensions?.find(({ name }) => name === extension)?.settings;
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

function changedTexts(before: unknown, after: Record<string, unknown>): Record<string, string> {
  const known = isObject(before) ? before : {};
  return Object.fromEntries(
    Object.entries(after).filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string' && entry[1] !== known[entry[0]],
    ),
  );
}
