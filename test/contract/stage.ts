import { type ProviderLimits } from '../../src/providers/provider-limits.js';
import { type Provider } from '../../src/providers/provider-adapter.interface.js';
import { ModelRouter } from '../../src/dispatch/model-router.js';
import { type UsageRecord } from '../../src/extensions/usage-record.js';
import { type ParameterPolicy } from '../../src/protocol/parameter-policy.js';
import { type ClientAnswer, chat } from '../support/chat-client.js';
import { type Behaviour, FakeUpstream, type SeenRequest } from '../support/fake-upstream.js';
import { type GatewayUnderTest, startGateway } from '../support/gateway.js';
import {
  type Json,
  type NativeEmbeddingRequest,
  type NativeRequest,
  type ProviderDouble,
  type Scene,
} from './provider-double.js';
import { readChunks, readCompletion, type Told } from './told.js';

/** The whole gateway before one provider, which its double plays. */
export class Stage {
  private constructor(
    readonly double: ProviderDouble,
    readonly upstream: FakeUpstream,
    readonly gateway: GatewayUnderTest,
    readonly provider: Provider,
  ) {}

  static async open(double: ProviderDouble): Promise<Stage> {
    const upstream = await FakeUpstream.start();
    const settings = double.settings(new URL(upstream.baseUrl).origin);
    const models = [
      { name: 'model', upstreamModel: double.model },
      ...(double.embeddings === undefined ? [] : [{ name: 'embedder', upstreamModel: double.embeddings.model }]),
    ];
    const gateway = await startGateway({
      providers: [{ name: 'provider', kind: double.kind, models, maxRetries: 0, ...settings }],
    });
    const [deployment] = gateway.app.get(ModelRouter, { strict: false }).route('model');
    if (deployment === undefined) throw new Error('There is no deployment of the model.');
    return new Stage(double, upstream, gateway, deployment.provider);
  }

  /** As the adapter declares them. */
  get limits(): ProviderLimits {
    return this.provider.limits ?? {};
  }

  async close(): Promise<void> {
    await this.gateway.close();
    await this.upstream.close();
  }

  /** The provider plays a scene, in the form it is asked for. */
  plays(scene: Scene): void {
    this.upstream.always((seen) => (this.double.read(seen).streaming ? this.stream(scene) : this.whole(scene))(seen));
  }

  whole(scene: Scene): Behaviour {
    return (seen) => {
      seen.head(200, { 'content-type': 'application/json' });
      seen.end(JSON.stringify(this.double.answer(scene)));
    };
  }

  /** @param pieces of the stream's bytes, written one after the other. */
  stream(scene: Scene, pieces: Iterable<Buffer> = this.double.events(scene)): Behaviour {
    return async (seen) => {
      seen.head(200, { 'content-type': this.double.streamType });
      for (const piece of pieces) await seen.write(piece);
      seen.end();
    };
  }

  async ask(
    request: Json,
    { streaming = false, policy }: { streaming?: boolean; policy?: ParameterPolicy | undefined } = {},
  ): Promise<Outcome> {
    const before = this.upstream.dispatches;
    const body = { model: 'model', messages: [{ role: 'user', content: 'Hi' }], ...request };
    const streamed = { ...body, stream: true, stream_options: { include_usage: true } };
    const answer = await chat(this.gateway, streaming ? streamed : body, { headers: policyHeader(policy) });
    return new Outcome(this, answer, streaming, this.upstream.requests.slice(before));
  }

  /** The provider answers with the vectors of the texts, and with the first for all else. */
  embeds(vectors: ReadonlyMap<unknown, readonly number[]>, tokens = 5): void {
    const [first = []] = vectors.values();
    this.upstream.always((seen) => {
      const { embeddings } = this.double;
      const asked = embeddings?.read(seen);
      if (embeddings === undefined || asked === undefined) throw new Error('The provider has no embeddings.');
      seen.head(200, { 'content-type': 'application/json' });
      const found = asked.inputs.map((input) => vectors.get(input) ?? first);
      seen.end(JSON.stringify(embeddings.answer(found, asked, tokens)));
    });
  }

  async askEmbeddings(request: Json, policy?: ParameterPolicy): Promise<Outcome> {
    const before = this.upstream.dispatches;
    const body = { model: 'embedder', ...request };
    const answer = await chat(this.gateway, body, { path: '/v1/embeddings', headers: policyHeader(policy) });
    return new Outcome(this, answer, false, this.upstream.requests.slice(before));
  }

  async recordOf({ headers }: Pick<ClientAnswer, 'headers'>): Promise<UsageRecord> {
    const record = (await this.gateway.records()).find(({ requestId }) => requestId === headers['x-request-id']);
    if (record === undefined) throw new Error('There is no usage record.');
    return record;
  }
}

const policyHeader = (policy: ParameterPolicy | undefined): Record<string, string> =>
  policy === undefined ? {} : { 'x-nestgate-parameters': policy };

/** What came of one request. */
export class Outcome {
  constructor(
    private readonly stage: Stage,
    readonly answer: ClientAnswer,
    private readonly streaming: boolean,
    private readonly requests: readonly SeenRequest[],
  ) {}

  get status(): number {
    return this.answer.status;
  }

  /** Requests that reached the provider. */
  get dispatches(): number {
    return this.requests.length;
  }

  get error(): unknown {
    return this.answer.json['error'];
  }

  /** Parameters that the client is told were left out. */
  get warnings(): string[] {
    const header = String(this.answer.headers['x-nestgate-warnings'] ?? '');
    return [...header.matchAll(/param="([^"]*)"/g)].map(([, name = '']) => name);
  }

  get told(): Told {
    if (this.status !== 200) throw new Error(`Status ${this.status}: ${this.answer.text}`);
    return this.streaming ? readChunks(this.answer.text) : readCompletion(this.answer.json);
  }

  /** What the provider was asked. */
  get native(): NativeRequest {
    return this.stage.double.read(this.seen);
  }

  /** What the provider was asked for, in one request or in several. */
  get nativeEmbeddings(): NativeEmbeddingRequest {
    const { embeddings } = this.stage.double;
    const asked = this.requests.map((seen) => embeddings?.read(seen));
    const [first] = asked;
    if (first === undefined) throw new Error(`The provider was not asked: ${this.answer.text}`);
    return { ...first, inputs: asked.flatMap((one) => one?.inputs ?? []) };
  }

  get seen(): SeenRequest {
    const [seen] = this.requests;
    if (seen === undefined) throw new Error(`The provider was not asked: ${this.answer.text}`);
    return seen;
  }

  record(): Promise<UsageRecord> {
    return this.stage.recordOf(this.answer);
  }
}
