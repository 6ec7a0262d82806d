import { type GatewayError } from '../errors/gateway-error.js';
import { type ChatCompletionChunk } from '../protocol/chat-completions.js';
import { type Attempt, type AttemptTarget } from './attempt.js';
import { type CallContext } from './call-context.js';

/** A request was understood, allowed and accepted by every extension. For each there is one CallCompleted or CallFailed. */
export class CallAdmitted {
  constructor(readonly call: CallContext) {}
}

/** An extension refused a request before it was admitted; those that ran before it may have something to take back. */
export class CallRefused {
  constructor(
    readonly call: CallContext,
    readonly error: GatewayError,
  ) {}
}

/** A call was answered whole: told just before its last byte goes to the client. */
export class CallCompleted {
  constructor(readonly call: CallContext) {}
}

/** A call ended without a whole answer. */
export class CallFailed {
  /** The client left before the end; nothing else went wrong. */
  readonly isAborted: boolean;

  constructor(
    readonly call: CallContext,
    readonly error: GatewayError,
  ) {
    this.isAborted = error.code === 'client_closed_request';
  }
}

/** A try on one deployment failed; others may follow. */
export class AttemptFailed {
  constructor(
    readonly call: CallContext,
    readonly attempt: Attempt,
    readonly error: GatewayError,
  ) {}
}

/** A chunk of a stream passed. Made only if somebody listens. */
export class CallChunk {
  constructor(
    readonly call: CallContext,
    readonly chunk: ChatCompletionChunk,
  ) {}
}

/** An extension did not do what it should: it threw something that is no refusal. */
export class ExtensionFailed {
  constructor(
    readonly call: CallContext,
    /** The extension's name. */
    readonly extension: string,
    readonly hook: string,
    readonly error: unknown,
  ) {}
}

/** A deployment failed too often, or did again when it was probed: for a while calls go to others, where there are any. */
export class CircuitOpened {
  constructor(
    readonly target: AttemptTarget,
    /** Milliseconds until it is tried again. */
    readonly openForMs: number,
    /** What it failed with last. */
    readonly error: GatewayError,
  ) {}
}

/** A deployment that had failed too often has answered a try. */
export class CircuitClosed {
  constructor(readonly target: AttemptTarget) {}
}

/** A provider does not take one of its keys: for some minutes it is tried with its others, where there are any. */
export class ProviderKeySetAside {
  constructor(
    readonly providerName: string,
    /** Its place among the keys of the provider, counted from 0; `null` where there is one only. */
    readonly keyIndex: number | null,
  ) {}
}

export type GuardrailSide = 'request' | 'response';

/** A guardrail has found something in a request or in its answer. */
export class GuardrailTriggered {
  constructor(
    readonly call: CallContext,
    /** The guardrail's name. */
    readonly guardrail: string,
    readonly side: GuardrailSide,
    readonly action: 'mask' | 'refuse' | 'warn',
    /** What was found, with how often; never the text. */
    readonly kinds: ReadonlyMap<string, number>,
  ) {}
}
