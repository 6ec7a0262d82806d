import { type UsageRecord } from '../../src/extensions/usage/usage-record.js';
import { FakeUpstream } from '../support/fake-upstream.js';
import { type GatewayUnderTest, startGateway, TEST_KEY } from '../support/gateway.js';
import { loadRecordings, type Recording, responseBytes } from '../support/recordings.js';
import { notCarriedOver } from './not-carried-over.js';

export { recordingsAvailable, responseBytes, type Recording } from '../support/recordings.js';

/** The kinds of provider that have a preset and recordings. */
const PRESETS: ReadonlySet<string> = new Set([
  'openai',
  'groq',
  'deepseek',
  'xai',
  'mistral',
  'openrouter',
  'together',
  'perplexity',
  'cerebras',
  'zai',
  'huggingface',
  'llamacpp',
]);

/** The kind of provider to give a recording to: Anthropic's own endpoint in OpenAI's dialect has no preset. */
export const kindOf = ({ provider }: Recording): string => (provider === 'anthropic' ? 'openai-compatible' : provider);

const isChat = ({ provider, operation, api }: Recording): boolean =>
  api === 'chat.completions' &&
  (operation === 'chat' || operation === 'chat-stream') &&
  (PRESETS.has(provider) || provider === 'anthropic');

/** Every recorded chat with a provider of OpenAI's dialect, failed ones included. */
export const chats = loadRecordings(isChat);

/** What else is recorded of the providers that have a preset. */
export const others = loadRecordings((recording) => PRESETS.has(recording.provider) && !isChat(recording));

export const isStream = ({ response }: Recording): boolean => response.body_text !== undefined;
export const isFailed = ({ response }: Recording): boolean => response.status >= 400;

export const kinds = [...new Set(chats.map(kindOf))].sort();

/** The rows of `it.each`. */
export const rows = (recordings: readonly Recording[]): [string, Recording][] =>
  recordings.map((recording) => [recording.id, recording]);

/** Whether the recorded request asked for the usage in its stream. */
export const asksForUsage = (recording: Recording): boolean =>
  (requestBody(recording)['stream_options'] as { include_usage?: boolean } | undefined)?.include_usage === true;

/** The recorded request; a minimal one where the source kept none, one in order where the gateway refuses it. */
export function requestBody(recording: Recording): Record<string, unknown> {
  const { body } = recording.request;
  if (!body) {
    const messages = [{ role: 'user', content: 'Hello' }];
    return { model: modelOf(recording), messages, ...(isStream(recording) ? { stream: true } : {}) };
  }
  if (!notCarriedOver('refused request').some(({ recording: id }) => id === recording.id)) return body;
  const tools = body['tools'] as Record<string, unknown>[];
  return { ...body, tools: tools.map((tool) => ({ type: 'function', ...tool })) };
}

/** The body as bytes in a form that nobody's serialiser makes: whoever writes it anew is found out. */
export const requestText = (body: Record<string, unknown>): string => JSON.stringify(body, null, 2);

export function modelOf({ request, model }: Recording): string {
  const named = request.body?.['model'];
  if (typeof named === 'string') return named;
  return model === '' ? 'any-model' : model;
}

const whole = (bytes: Buffer): Iterable<Buffer> => [bytes];

/** Pieces of 1 to 7 bytes in turn. */
export function* crumbs(bytes: Buffer): Generator<Buffer> {
  let size = 1;
  for (let at = 0; at < bytes.length; at += size, size = (size % 7) + 1) yield bytes.subarray(at, at + size);
}

export interface Received {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

export interface Exchange extends Received {
  readonly record: UsageRecord;
}

/** A gateway with one provider of one kind, which gives recorded answers. */
export class Playback {
  private constructor(
    readonly kind: string,
    readonly upstream: FakeUpstream,
    readonly gateway: GatewayUnderTest,
  ) {}

  static async start(kind: string): Promise<Playback> {
    const upstream = await FakeUpstream.start();
    const models = new Set(chats.filter((recording) => kindOf(recording) === kind).map(modelOf));
    const gateway = await startGateway({
      providers: [
        {
          name: kind,
          kind,
          apiKey: 'sk-upstream',
          baseUrl: upstream.baseUrl,
          models: [...models].map((name) => ({ name })),
          maxRetries: 0,
        },
      ],
    });
    return new Playback(kind, upstream, gateway);
  }

  /** From now on the provider answers as recorded, or with other pieces. */
  plays(recording: Recording, pieces: Iterable<Buffer> = whole(responseBytes(recording))): void {
    const { status, headers } = recording.response;
    this.upstream.always(async (seen) => {
      seen.head(status, { 'content-type': 'application/json', ...headers });
      for (const piece of pieces) await seen.write(piece);
      seen.end();
    });
  }

  async post(path: string, body: string): Promise<Received> {
    const response = await fetch(this.gateway.url + path, {
      method: 'POST',
      headers: { authorization: `Bearer ${TEST_KEY}`, 'content-type': 'application/json' },
      body,
    });
    const { status, headers } = response;
    return { status, headers, text: Buffer.from(await response.arrayBuffer()).toString() };
  }

  /**
   * Sends the recorded request, or another, and finds the call's record. The answer is as recorded, or of other bytes,
   * in pieces where told how.
   */
  async exchange(
    recording: Recording,
    { body = requestText(requestBody(recording)), bytes = responseBytes(recording), pieces = whole } = {},
  ): Promise<Exchange> {
    this.plays(recording, pieces(bytes));
    const received = await this.post('/v1/chat/completions', body);
    const requestId = received.headers.get('x-request-id');
    const record = (await this.gateway.records()).find((one) => one.requestId === requestId);
    if (record === undefined) throw new Error(`There is no usage record of ${recording.id}: ${received.text}`);
    return { ...received, record };
  }

  async close(): Promise<void> {
    await this.gateway.close();
    await this.upstream.close();
  }
}
