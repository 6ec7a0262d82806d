import { createHmac } from 'node:crypto';
import { isObject, parseJson, parseJsonBytes } from '../../protocol/json.js';
import { type CallContext } from '../../events/call-context.js';
import { type GuardrailSide } from '../../events/gateway-events.js';
import { type UpstreamClient } from '../../upstream/upstream-client.js';
import { type Cancellation } from '../../upstream/cancellation.js';
import { askWithin, kindOf } from './asked.js';
import { type Verdict } from './guardrail.js';

/** Milliseconds to the end of the handshakes. */
const CONNECT_TIMEOUT = 3_000;

/** More than this is not asked for at once by a webhook that answers. */
const MAX_KINDS = 20;

export interface WebhookSettings {
  readonly name: string;
  readonly url: string;
  readonly secret: string;
  readonly timeout: number;
}

/**
 * Has texts judged by a service of the operator's: a POST of JSON, signed as `x-nestgate-signature: t=<seconds>,v1=<hex>`,
 * HMAC-SHA256 of the seconds, a dot and the body.
 */
export class WebhookJudge {
  private readonly origin: string;
  private readonly path: string;

  constructor(
    private readonly settings: WebhookSettings,
    private readonly client: UpstreamClient,
  ) {
    const { origin, pathname } = new URL(settings.url);
    this.origin = origin;
    this.path = pathname;
  }

  /** @throws where there is no usable answer. */
  judge(call: CallContext, side: GuardrailSide, texts: readonly string[]): Promise<Verdict> {
    const { name, timeout } = this.settings;
    const { requestId, operation, model, principal, endUser } = call;
    const body = JSON.stringify({
      guardrail: name,
      side,
      requestId,
      operation: operation.name,
      model,
      key: principal.keyName,
      endUser,
      texts,
    });
    return askWithin(call, timeout, async (cancellation) => verdictOf(await this.post(body, cancellation), texts));
  }

  private async post(body: string, cancellation: Cancellation): Promise<unknown> {
    const seconds = Math.floor(Date.now() / 1000);
    const signature = createHmac('sha256', this.settings.secret).update(`${seconds}.${body}`).digest('hex');
    const answer = await this.client.request(
      {
        method: 'POST',
        origin: this.origin,
        // Nobody but an operator names one, and it mostly is a service of the house.
        egress: 'private',
        path: this.path,
        headers: {
          'content-type': 'application/json',
          'x-nestgate-signature': `t=${seconds},v1=${signature}`,
        },
        body,
      },
      { cancellation, connectTimeout: CONNECT_TIMEOUT, idleTimeout: 0 },
    );
    if (answer.status !== 200) throw new Error(`The webhook answered with status ${answer.status}.`);
    return parseJsonBytes(answer.body);
  }
}

/** @throws where it says nothing that can be followed. */
function verdictOf(answer: unknown, asked: readonly string[]): Verdict {
  const { action, kinds: named, texts } = isObject(answer) ? answer : {};
  if (action === 'allow') return { kinds: [] };
  const known = (Array.isArray(named) ? named : []).slice(0, MAX_KINDS).flatMap((name) => kindOf(name) ?? []);
  const kinds = known.length > 0 ? known : ['webhook'];
  if (action === 'refuse') return { kinds };
  if (action !== 'mask' || !Array.isArray(texts) || texts.length !== asked.length) {
    throw new Error('The webhook’s answer cannot be followed.');
  }
  return { kinds, texts: texts.map((text: unknown, at) => replacementOf(text, asked[at] ?? '')) };
}

/** What was JSON stays JSON. */
function replacementOf(text: unknown, asked: string): string {
  if (typeof text !== 'string') throw new Error('The webhook put something else in place of a text.');
  if (text !== asked && isObject(parseJson(asked)) && !isObject(parseJson(text))) {
    throw new Error('The webhook put something else in place of a JSON object.');
  }
  return text;
}
