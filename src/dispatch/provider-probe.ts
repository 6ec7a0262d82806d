import { Injectable } from '@nestjs/common';
import { uuidv7 } from 'uuidv7';
import { GatewayError } from '../errors/gateway-error.js';
import { UpstreamError } from '../errors/upstream-error.js';
import { JsonBody } from '../protocol/json-body.js';
import { type Provider } from '../providers/provider-adapter.interface.js';
import { UnsupportedParameters } from '../providers/unsupported-parameters.js';
import { Cancellation } from '../upstream/cancellation.js';
import { type ConnectedProvider, DeploymentsService, modelNames } from './deployments.service.js';

const TIMEOUT_MS = 15_000;

/** How a provider answers behind one of its keys. */
export interface ProbeResult {
  /** Its place among the keys; `null` where there is one only, or none. */
  readonly key: number | null;
  readonly milliseconds: number;
  /** `undefined` where it answers. */
  readonly error: GatewayError | undefined;
}

export interface Probe {
  /** What was asked for: a chat with this model, or `null` for the list of models. */
  readonly model: string | null;
  readonly results: readonly ProbeResult[];
}

/** Asks providers, for administrators: outside of calls, so that neither limits nor circuits nor records hear of it. */
@Injectable()
export class ProviderProbe {
  constructor(private readonly deployments: DeploymentsService) {}

  /** @throws GatewayError `not_found` */
  assertKnown(name: string): void {
    this.connected(name);
  }

  /**
   * The smallest request that a provider answers, behind each of its keys.
   * @param model as clients or the provider call it; left out, the first that it has, or its list of models.
   * @throws GatewayError `not_found`, or `unsupported_operation` where it can be asked nothing.
   */
  async test(name: string, model?: string): Promise<Probe> {
    const { provider, account, models = [] } = this.connected(name);
    const found = models.find((one) => one.name === model) ?? (model === undefined ? models[0] : { name: model });
    const upstreamModel = found === undefined ? undefined : (found.upstreamModel ?? found.name);
    const isChat = provider.chat !== undefined && upstreamModel !== undefined;
    if (!isChat && provider.listModels === undefined) {
      const message = 'There is nothing to ask it: it has no models, or none for chats. Make a deployment of it first.';
      throw new GatewayError('unsupported_operation', { message });
    }
    const ask = isChat ? chatWith(upstreamModel) : listModels;
    const results = account.keys.slots.map(async ({ provider: behind, index }): Promise<ProbeResult> => {
      const startedAt = performance.now();
      const error = await withinTime((cancellation) => ask(behind, cancellation)).then(
        () => undefined,
        GatewayError.from,
      );
      return { key: index, milliseconds: Math.round(performance.now() - startedAt), error };
    });
    return { model: isChat ? upstreamModel : null, results: await Promise.all(results) };
  }

  /**
   * The models that it lists itself.
   * @throws GatewayError `not_found`, `unsupported_operation`, or of the provider.
   */
  async models(name: string): Promise<string[]> {
    const { provider, account } = this.connected(name);
    if (provider.listModels === undefined) {
      const message = 'A provider of this kind lists no models: make its deployments by their names.';
      throw new GatewayError('unsupported_operation', { message });
    }
    return withinTime((cancellation) => modelNames(account, cancellation));
  }

  private connected(name: string): ConnectedProvider {
    const connected = this.deployments.find(name);
    if (connected === undefined) {
      throw new GatewayError('not_found', { message: 'There is no provider of that name that can be used.' });
    }
    return connected;
  }
}

type Ask = (provider: Provider, cancellation: Cancellation) => Promise<unknown> | undefined;

const listModels: Ask = (provider, cancellation) => provider.listModels?.(cancellation);

function chatWith(upstreamModel: string): Ask {
  const request = {
    model: upstreamModel,
    messages: [{ role: 'user' as const, content: 'ping' }],
    max_completion_tokens: 16,
  };
  return (provider, cancellation) =>
    provider.chat?.answer({
      requestId: uuidv7(),
      request,
      body: JsonBody.of(request),
      upstreamModel,
      unsupported: new UnsupportedParameters('drop'),
      cancellation,
    });
}

async function withinTime<Result>(
  ask: (cancellation: Cancellation) => Promise<Result> | undefined,
): Promise<Awaited<Result>> {
  const cancellation = new Cancellation();
  const timer = setTimeout(() => cancellation.cancel(new UpstreamError('upstream_timeout')), TIMEOUT_MS);
  try {
    return (await ask(cancellation)) as Awaited<Result>;
  } finally {
    clearTimeout(timer);
  }
}
