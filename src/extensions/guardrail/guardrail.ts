import { type CallContext } from '../../events/call-context.js';
import { GatewayError } from '../../errors/gateway-error.js';
import { type GuardrailSide } from '../../events/gateway-events.js';
import { type GuardrailOptions } from '../../guardrail.options.js';
import { type TextRules } from './text-rules.js';

export type GuardrailAction = NonNullable<GuardrailOptions['action']>;

interface GuardrailCommon {
  readonly name: string;
  readonly sides: readonly GuardrailSide[];
  readonly action: GuardrailAction;
  /** Whether every key has it, and not only those that name it. */
  readonly isForAll: boolean;
}

/** Looks by itself, as texts pass. */
export interface TextGuardrail extends GuardrailCommon {
  readonly rules: TextRules;
}

/** Asks somebody, who has to see a text whole. */
export interface AskingGuardrail extends GuardrailCommon {
  readonly onFailure: 'refuse' | 'continue';
  /** @throws where there is no usable answer. */
  ask(call: CallContext, side: GuardrailSide, texts: readonly string[]): Promise<Verdict>;
}

export interface Verdict {
  /** What was found; nothing where all is well. */
  readonly kinds: readonly string[];
  /** The texts as they shall be, where they are only to be changed. */
  readonly texts?: readonly string[] | undefined;
}

export type Guardrail = TextGuardrail | AskingGuardrail;

export const isAsking = (guardrail: Guardrail): guardrail is AskingGuardrail => 'ask' in guardrail;

/** Never with what was found, and no reason to try again. */
export function refusal({ name }: Guardrail, side: GuardrailSide): GatewayError {
  const what = side === 'request' ? 'request' : 'answer';
  return new GatewayError('guardrail_refused', {
    message: `The ${what} was refused by the guardrail '${name}'.`,
    shouldRetry: false,
  });
}
