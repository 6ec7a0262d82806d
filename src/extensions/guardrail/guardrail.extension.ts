import { Inject, Injectable, Logger } from '@nestjs/common';
import { GatewayError } from '../../errors/gateway-error.js';
import { type CallContext } from '../../events/call-context.js';
import { ExtensionFailed, type GuardrailSide } from '../../events/gateway-events.js';
import { GatewayEventBus } from '../../events/gateway-event-bus.js';
import { ModelCalls } from '../../events/model-calls.js';
import { GATEWAY_SETTINGS, type GatewaySettings } from '../../gateway.settings.js';
import { type KeySettings } from '../../key.options.js';
import { type ChatCompletion, type ChatCompletionChunk } from '../../protocol/chat-completions.js';
import { UpstreamClient } from '../../upstream/upstream-client.js';
import { Extension, type GatewayExtension } from '../gateway-extension.interface.js';
import { buildGuardrails } from './build-guardrails.js';
import { ANSWER_TEXTS, REQUEST_TEXTS } from './call-texts.js';
import { Findings, FINDINGS_HEADER } from './findings.js';
import {
  type AskingGuardrail,
  type Guardrail,
  isAsking,
  refusal,
  type TextGuardrail,
  type Verdict,
} from './guardrail.js';
import { GuardedStream } from './guarded-stream.js';
import { mapWholeTexts } from './guarded-text.js';
import { HeldStream } from './held-stream.js';
import { type Walk } from './member-texts.js';

const NAME = 'guardrail';

/** What looks at one side of a key's calls. */
interface Side {
  readonly looking: readonly TextGuardrail[];
  /** After those: nobody else is to see what they take out. */
  readonly asking: readonly AskingGuardrail[];
  readonly isEmpty: boolean;
}

type Plan = Readonly<Record<GuardrailSide, Side>>;

interface StreamInProgress {
  readonly findings: Findings;
  readonly guarded: GuardedStream | undefined;
  readonly held: HeldStream | undefined;
}

/** Looks at what is asked and answered, and masks, refuses or tells what it finds. */
@Injectable()
@Extension({ name: NAME, order: 100, onFailure: 'refuse' })
export class GuardrailExtension implements GatewayExtension {
  private readonly logger = new Logger(GuardrailExtension.name);
  private readonly guardrails: readonly Guardrail[];
  private readonly plans = new WeakMap<KeySettings, Plan>();
  private readonly streams = new WeakMap<CallContext, StreamInProgress>();

  /** @throws ConfigurationError */
  constructor(
    @Inject(GATEWAY_SETTINGS) { guardrails }: Pick<GatewaySettings, 'guardrails'>,
    client: UpstreamClient,
    models: ModelCalls,
    private readonly bus: GatewayEventBus,
  ) {
    this.guardrails = buildGuardrails(guardrails, { client, models });
  }

  onRequest(call: CallContext): void | Promise<void> {
    const { looking, asking, isEmpty } = this.sideOf(call, 'request');
    if (isEmpty) return undefined;
    const walk = REQUEST_TEXTS[call.operation.capability];
    const findings = new Findings('request');
    try {
      const masked = walk(call.request, mapWholeTexts(looking, 'request', findings), []);
      if (masked !== call.request) call.replaceRequest(masked as Record<string, unknown>);
    } catch (error) {
      this.tell(call, findings);
      throw error;
    }
    if (asking.length > 0) return this.askAboutRequest(call, walk, asking, findings);
    this.tell(call, findings);
    return undefined;
  }

  watches(call: CallContext): boolean {
    return !this.sideOf(call, 'response').isEmpty;
  }

  async onResponse(call: CallContext, response: ChatCompletion): Promise<ChatCompletion | void> {
    const { looking, asking } = this.sideOf(call, 'response');
    const findings = new Findings('response');
    try {
      const masked = ANSWER_TEXTS(response, mapWholeTexts(looking, 'response', findings), []);
      const texts = textsOf(ANSWER_TEXTS, masked);
      const others = await this.ask(call, 'response', asking, texts, findings);
      const changed = (others === undefined ? masked : withTexts(ANSWER_TEXTS, masked, others)) as ChatCompletion;
      return changed === response ? undefined : withoutLogprobs(changed, response);
    } finally {
      this.tell(call, findings);
    }
  }

  onChunk(call: CallContext, chunk: ChatCompletionChunk): readonly ChatCompletionChunk[] {
    const stream = this.streamOf(call);
    try {
      const passed = stream.guarded?.pass(chunk) ?? [chunk];
      if (stream.held === undefined) return passed;
      for (const one of passed) stream.held.add(one);
      return [];
    } catch (error) {
      stream.findings.tell(call, this.bus);
      throw error;
    }
  }

  async onStreamEnd(call: CallContext): Promise<readonly ChatCompletionChunk[]> {
    const { guarded, held, findings } = this.streamOf(call);
    try {
      const rest = guarded?.end() ?? [];
      if (held === undefined) return rest;
      for (const one of rest) held.add(one);
      const { asking } = this.sideOf(call, 'response');
      return held.release(await this.ask(call, 'response', asking, held.whole(), findings));
    } finally {
      findings.tell(call, this.bus);
    }
  }

  /** A stream that broke off has been looked at too. */
  onError(call: CallContext): void {
    this.streams.get(call)?.findings.tell(call, this.bus);
  }

  private async askAboutRequest(
    call: CallContext,
    walk: Walk,
    asking: readonly AskingGuardrail[],
    findings: Findings,
  ): Promise<void> {
    try {
      const texts = await this.ask(call, 'request', asking, textsOf(walk, call.request), findings);
      if (texts !== undefined) call.replaceRequest(withTexts(walk, call.request, texts) as Record<string, unknown>);
    } finally {
      this.tell(call, findings);
    }
  }

  /**
   * Asks each in turn.
   * @returns the texts as they shall be; `undefined` where they stay as they are.
   * @throws GatewayError where one refuses, or must be heard and cannot.
   */
  private async ask(
    call: CallContext,
    side: GuardrailSide,
    asking: readonly AskingGuardrail[],
    texts: readonly string[],
    findings: Findings,
  ): Promise<readonly string[] | undefined> {
    if (texts.length === 0) return undefined;
    let changed: readonly string[] | undefined;
    for (const guardrail of asking) {
      const verdict = await this.verdictOf(guardrail, call, side, changed ?? texts);
      if (verdict.kinds.length === 0) continue;
      for (const kind of verdict.kinds) findings.add(guardrail, kind);
      if (guardrail.action === 'warn') continue;
      if (verdict.texts === undefined) throw refusal(guardrail, side);
      changed = verdict.texts;
    }
    return changed;
  }

  private async verdictOf(
    guardrail: AskingGuardrail,
    call: CallContext,
    side: GuardrailSide,
    texts: readonly string[],
  ): Promise<Verdict> {
    try {
      return await guardrail.ask(call, side, texts);
    } catch (error) {
      if (call.cancellation.cancelled) throw GatewayError.from(call.cancellation.reason);
      const { name, onFailure } = guardrail;
      this.logger.error(`The guardrail ${name} has no answer (request ${call.requestId})`, error);
      this.bus.emit(new ExtensionFailed(call, NAME, side === 'request' ? 'onRequest' : 'onResponse', error));
      if (onFailure === 'refuse') throw new GatewayError('extension_failed', { cause: error });
      return { kinds: [] };
    }
  }

  private streamOf(call: CallContext): StreamInProgress {
    let stream = this.streams.get(call);
    if (stream === undefined) {
      const { looking, asking } = this.sideOf(call, 'response');
      const findings = new Findings('response');
      stream = {
        findings,
        guarded: looking.length === 0 ? undefined : new GuardedStream(looking, findings),
        held: asking.length === 0 ? undefined : new HeldStream(),
      };
      this.streams.set(call, stream);
    }
    return stream;
  }

  private tell(call: CallContext, findings: Findings): void {
    if (findings.count === 0) return;
    call.setHeader(FINDINGS_HEADER, findings.header(headerOf(call)));
    findings.tell(call, this.bus);
  }

  private sideOf({ principal: { settings } }: CallContext, side: GuardrailSide): Side {
    let plan = this.plans.get(settings);
    if (plan === undefined) this.plans.set(settings, (plan = this.planFor(settings)));
    return plan[side];
  }

  /** @throws where a stored key names a guardrail that is not there: it would be left without what it relies on. */
  private planFor({ guardrails: names = [] }: KeySettings): Plan {
    const unknown = names.find((one) => this.guardrails.every(({ name }) => name !== one));
    if (unknown !== undefined)
      throw new Error(`A key names the guardrail ${JSON.stringify(unknown)}, which is not there.`);
    const guardrails = this.guardrails.filter(({ name, isForAll }) => isForAll || names.includes(name));
    const sideWith = (side: GuardrailSide): Side => {
      const ofSide = guardrails.filter(({ sides }) => sides.includes(side));
      return {
        looking: ofSide.filter((one): one is TextGuardrail => !isAsking(one)),
        asking: ofSide.filter(isAsking),
        isEmpty: ofSide.length === 0,
      };
    };
    return { request: sideWith('request'), response: sideWith('response') };
  }
}

function textsOf(walk: Walk, value: unknown): string[] {
  const texts: string[] = [];
  walk(
    value,
    (text) => {
      texts.push(text);
      return text;
    },
    [],
  );
  return texts;
}

/** @param texts in the order of `textsOf`. */
function withTexts(walk: Walk, value: unknown, texts: readonly string[]): unknown {
  let at = 0;
  return walk(value, (text) => texts[at++] ?? text, []);
}

/** They spell the text as it was. */
function withoutLogprobs(changed: ChatCompletion, before: ChatCompletion): ChatCompletion {
  const choices = changed.choices.map((choice, at) =>
    choice === before.choices[at] || choice.logprobs === undefined ? choice : { ...choice, logprobs: null },
  );
  return { ...changed, choices };
}

function headerOf({ answerHeaders = [] }: CallContext): string | undefined {
  const at = answerHeaders.indexOf(FINDINGS_HEADER);
  return at < 0 ? undefined : answerHeaders[at + 1];
}
