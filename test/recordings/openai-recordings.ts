import { type UsageRecord } from '../../src/extensions/usage-record.js';
import { type ProviderOptions } from '../../src/provider.options.js';
import { FakeUpstream } from '../support/fake-upstream.js';
import { type GatewayUnderTest, startGateway, TEST_KEY } from '../support/gateway.js';
import { loadRecordings, type Recording, responseBytes } from '../support/recordings.js';
import { notCarriedOver } from './not-carried-over.js';
import { OPENAI_ENDPOINTS, OPENAI_PRESET_PROVIDERS, selected, SELECTIONS } from './selections.js';

export { recordingsAvailable, responseBytes, type Recording } from '../support/recordings.js';

/** The kind of provider to give a recording to: the endpoints in OpenAI's dialect of these have no preset. */
export const kindOf = ({ provider }: Recording): string =>
  OPENAI_ENDPOINTS.has(provider) ? 'openai-compatible' : provider;

/** Every recorded chat with a provider of OpenAI's dialect, failed ones included. */
export const chats = selected('openai-chats');

/** What else is asked for in JSON, and answered in whatever form. */
export const operations = selected('openai-operations');

/** What else is recorded of the providers that have a preset. */
export const others = loadRecordings(
  (recording) =>
    OPENAI_PRESET_PROVIDERS.has(recording.provider) &&
    !SELECTIONS['openai-chats'](recording) &&
    !SELECTIONS['openai-operations'](recording) &&
    !SELECTIONS['openai-forms'](recording),
);

export const isStream = ({ response }: Recording): boolean => response.body_text !== undefined;
export const isFailed = ({ response }: Recording): boolean => response.status >= 400;

export const kinds = [...new Set(chats.map(kindOf))].sort();

/** An answer that OpenAI's clients could not read as it is: its content is in parts, as Mistral's is that thinks. */
export const isInParts = ({ situations }: Recording): boolean => situations.includes('content-parts-out');

/** A request to Mistral with ids of tool calls that Mistral does not take: the recorder put them there. */
export const hasForeignIds = (recording: Recording): boolean =>
  recording.provider === 'mistral' && JSON.stringify(requestBody(recording)).includes('call_REDACTED');

/** The rows of `it.each`. */
export const rows = (recordings: readonly Recording[]): [string, Recording][] =>
  recordings.map((recording) => [recording.id, recording]);

/** Whether the recorded request asked for the usage in its stream. */
export const asksForUsage = (recording: Recording): boolean =>
  (requestBody(recording)['stream_options'] as { include_usage?: boolean } | undefined)?.include_usage === true;

/** The recorded request; a minimal one where the source kept none, one in order where the gateway refuses it. */
export function requestBody(recording: Recording): Record<string, unknown> {
  const { body } = recording.request;
  if (SELECTIONS['openai-operations'](recording)) return operationBody(recording);
  if (!body) {
    const messages = [{ role: 'user', content: 'Hello' }];
    return { model: modelOf(recording), messages, ...(isStream(recording) ? { stream: true } : {}) };
  }
  if (!notCarriedOver('refused request').some(({ recording: id }) => id === recording.id)) return body;
  const tools = body['tools'] as Record<string, unknown>[];
  return { ...body, tools: tools.map((tool) => ({ type: 'function', ...tool })) };
}

/** The same beside chat. */
function operationBody(recording: Recording): Record<string, unknown> {
  const { body } = recording.request;
  if (!body) return { model: modelOf(recording), prompt: 'Hello' };
  const isRefused = notCarriedOver('refused request').some(({ recording: id }) => id === recording.id);
  return isRefused ? { ...body, dimensions: 8, encoding_format: 'float' } : body;
}

/** The body as bytes in a form that nobody's serialiser makes: whoever writes it anew is found out. */
export const requestText = (body: Record<string, unknown>): string => JSON.stringify(body, null, 2);

export function modelOf({ request, model }: Recording): string {
  const named = request.body?.['model'];
  if (typeof named === 'string') return named;
  return model === '' ? 'any-model' : model;
}

/** Where a client of the gateway asks for it. */
export const pathOf = (recording: Recording): string =>
  SELECTIONS['openai-operations'](recording) ? recording.request.path : '/v1/chat/completions';

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
  readonly bytes: Buffer;
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

  /** @param settings of the provider beside the usual ones, by the origin of the fake one. */
  static async start(
    kind: string,
    recordings = [...chats, ...operations].filter((recording) => kindOf(recording) === kind),
    settings: (origin: string) => Partial<ProviderOptions> = () => ({}),
  ): Promise<Playback> {
    const upstream = await FakeUpstream.start();
    const models = new Set(recordings.map(modelOf));
    const gateway = await startGateway({
      providers: [
        {
          name: kind,
          kind,
          apiKey: 'sk-upstream',
          baseUrl: upstream.baseUrl,
          models: [...models].map((name) => ({ name })),
          maxRetries: 0,
          ...settings(new URL(upstream.baseUrl).origin),
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
    const bytes = Buffer.from(await response.arrayBuffer());
    return { status, headers, text: bytes.toString(), bytes };
  }

  /**
   * Sends the recorded request, or another, and finds the call's record. The answer is as recorded, or of other bytes,
   * in pieces where told how.
   */
  async exchange(
    recording: Recording,
    {
      body = requestText(requestBody(recording)),
      bytes = responseBytes(recording),
      pieces = whole,
      path = pathOf(recording),
    } = {},
  ): Promise<Exchange> {
    this.plays(recording, pieces(bytes));
    const received = await this.post(path, body);
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
