import { type CallContext } from '../events/call-context.js';
import { type FormPart, MultipartForm } from '../protocol/multipart-form.js';
import { isObject } from '../protocol/json.js';
import { JsonBody } from '../protocol/json-body.js';
import { pricedTier } from '../protocol/service-tier.js';

// How much a request can use at most. A token is at least one byte of text, so text is bounded for certain; of media,
// whose tokens nobody can tell from their bytes, this is what the most wasteful of the known models makes of them.

/** Tokens that providers add by themselves: the frame of the messages, instructions for tools. */
const ADDED_TOKENS = 1_024;

/** gpt-4o-mini makes 48,169 of the largest image that it takes, the others far less. */
const IMAGE_TOKENS = 50_000;

/** Gemini makes 32 tokens of a second of sound, and speech takes 500 bytes a second at least. */
const AUDIO_BYTES_PER_TOKEN = 500 / 32;

/** The sparsest speech codecs in use send 4 kbit a second. */
const AUDIO_BYTES_PER_SECOND = 500;

/** Nobody speaks faster for longer. */
const WRITTEN_TOKENS_PER_SECOND = 8;

/** The slowest voice takes a quarter of a second for a character, at some twenty tokens a second. */
const SPOKEN_TOKENS_PER_CHARACTER = 8;

/** Of an image made at the highest quality, its previews included. */
const MADE_IMAGE_TOKENS = 16_384;

/** A search unit is a query over up to a hundred pieces of documents. */
const PIECES_PER_SEARCH = 100;

/** Cohere cuts documents into pieces of 500 tokens, the query among them. */
const PIECE_BYTES = 500;

/** Searches of a model for one answer, where the request does not limit them. */
const SEARCHES_OF_ANSWER = 10;

/** The tier of service that all prices are of unless they say otherwise. */
export const STANDARD_TIER = 'default';

/** What a request can use at most. */
export interface RequestBounds {
  /** Tokens read of text, and of images. */
  readonly inputTokens: number;
  readonly audioTokens: number;
  /** Documents and videos are among what is read: as much as the model takes. */
  readonly fillsWindow: boolean;
  /** It may write to a cache that lives an hour: looks through the whole body, so it is asked where that costs more. */
  readonly mayCacheAnHour: () => boolean;
  /** Answers that are written; 0 where none is. */
  readonly choices: number;
  /** Tokens of one answer, where the request limits them. */
  readonly answerTokens: number | undefined;
  /** Audio may be among what is written. */
  readonly speaks: boolean;
  readonly images: number;
  readonly seconds: number;
  readonly characters: number;
  readonly searches: number;
  /** The tier of service that is asked for; `undefined` where the provider may choose. */
  readonly serviceTier: string | undefined;
}

export const NOTHING: RequestBounds = {
  inputTokens: 0,
  audioTokens: 0,
  fillsWindow: false,
  mayCacheAnHour: () => false,
  choices: 0,
  answerTokens: undefined,
  speaks: false,
  images: 0,
  seconds: 0,
  characters: 0,
  searches: 0,
  serviceTier: STANDARD_TIER,
};

type Members = Readonly<Record<string, unknown>>;

/** Of any request that has passed the endpoint's checks, for every provider that may answer it. */
export function boundsOf({ operation, body, request }: CallContext): RequestBounds {
  const members = isObject(request) ? request : body.value;
  const text: RequestBounds = { ...NOTHING, inputTokens: body.size + ADDED_TOKENS };
  switch (operation.capability) {
    case 'chat':
      return chatBounds(text, members, body instanceof JsonBody ? body : undefined);
    case 'completions':
      return {
        ...text,
        choices: promptsOf(members['prompt']) * Math.max(countOf(members['n'], 1), countOf(members['best_of'], 1)),
        answerTokens: limitOf(members),
        serviceTier: tierOf(members),
      };
    case 'embeddings':
      return text;
    case 'moderations':
      return { ...text, inputTokens: text.inputTokens + imagesAmong(members['input']) * IMAGE_TOKENS };
    case 'rerank':
      return { ...text, searches: searchesOf(members) };
    case 'images':
    case 'imageEdits': {
      const images = countOf(members['n'], 1);
      const given = filesOf(body).length * IMAGE_TOKENS;
      const inputTokens = text.inputTokens + given;
      return { ...text, inputTokens, choices: images, answerTokens: MADE_IMAGE_TOKENS, images };
    }
    case 'speech': {
      const characters = lengthOf(members['input'], 'text');
      return { ...text, choices: 1, answerTokens: characters * SPOKEN_TOKENS_PER_CHARACTER, speaks: true, characters };
    }
    default:
      return recordingBounds(text, filesOf(body));
  }
}

function chatBounds(text: RequestBounds, members: Members, body: JsonBody | undefined): RequestBounds {
  const media = { bytes: 0, images: 0, audioBytes: 0, fillsWindow: false };
  for (const message of listOf(members['messages'])) {
    for (const part of listOf(isObject(message) ? message['content'] : undefined)) addMedia(media, part);
  }
  const choices = countOf(members['n'], 1);
  return {
    ...text,
    inputTokens: Math.max(0, text.inputTokens - media.bytes) + media.images * IMAGE_TOKENS,
    audioTokens: Math.ceil(media.audioBytes / AUDIO_BYTES_PER_TOKEN),
    fillsWindow: media.fillsWindow,
    mayCacheAnHour: () => body?.bytes.includes('"1h"') === true,
    choices,
    answerTokens: limitOf(members),
    searches: choices * searchesAskedFor(members),
    serviceTier: tierOf(members),
    speaks: listOf(members['modalities']).includes('audio'),
  };
}

/** Where nothing is said, or `auto`, the provider's own settings choose. */
function tierOf({ service_tier: tier }: Members): string | undefined {
  return tier === undefined || tier === null || tier === 'auto' ? undefined : (pricedTier(tier) ?? STANDARD_TIER);
}

/** By OpenAI's option, or by tools that providers run themselves: `web_search_20250305`, `google_search`. */
function searchesAskedFor(members: Members): number {
  const tools = listOf(members['tools']).filter(
    (tool): tool is Members => isObject(tool) && /^(?:web|google)_search/.test(String(tool['type'])),
  );
  const isOption = isObject(members['web_search_options']);
  return tools.reduce(
    (sum, { max_uses: uses }) => sum + countOf(uses, SEARCHES_OF_ANSWER),
    isOption ? SEARCHES_OF_ANSWER : 0,
  );
}

interface Media {
  /** Of base64, which is no text. */
  bytes: number;
  images: number;
  audioBytes: number;
  fillsWindow: boolean;
}

function addMedia(media: Media, part: unknown): void {
  if (!isObject(part)) return;
  if (part['image_url'] !== undefined) {
    media.images++;
    media.bytes += lengthOf(part['image_url'], 'url');
  } else if (part['input_audio'] !== undefined) {
    const bytes = lengthOf(part['input_audio'], 'data');
    media.bytes += bytes;
    media.audioBytes += bytes;
  } else if (part['file'] !== undefined || part['video_url'] !== undefined || part['document'] !== undefined) {
    media.bytes += lengthOf(part['file'], 'file_data') + lengthOf(part['video_url'], 'url');
    media.fillsWindow = true;
  }
}

/** Of a text that is given by itself, or as a member of an object. */
function lengthOf(value: unknown, member: string): number {
  const text = isObject(value) ? value[member] : value;
  return typeof text === 'string' ? text.length : 0;
}

function imagesAmong(input: unknown): number {
  return listOf(input).filter((part) => isObject(part) && part['image_url'] !== undefined).length;
}

/** Of embeddings and texts: a list of texts, or of token ids, of which each is answered by itself. */
function promptsOf(prompt: unknown): number {
  return Array.isArray(prompt) && typeof prompt[0] !== 'number' ? Math.max(1, prompt.length) : 1;
}

function recordingBounds(text: RequestBounds, files: readonly FormPart[]): RequestBounds {
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  const seconds = Math.ceil(bytes / AUDIO_BYTES_PER_SECOND);
  const audioTokens = Math.ceil(bytes / AUDIO_BYTES_PER_TOKEN);
  return {
    ...text,
    audioTokens,
    choices: 1,
    answerTokens: seconds * WRITTEN_TOKENS_PER_SECOND + ADDED_TOKENS,
    seconds,
  };
}

function searchesOf({ query, documents }: Members): number {
  // A long query leaves less room in a piece; of a very long one no more counts than this.
  const room = Math.max(PIECE_BYTES / 10, PIECE_BYTES - Buffer.byteLength(typeof query === 'string' ? query : ''));
  let pieces = 0;
  for (const document of listOf(documents)) {
    const text = typeof document === 'string' ? document : (JSON.stringify(document) ?? '');
    pieces += Math.max(1, Math.ceil(Buffer.byteLength(text) / room));
  }
  return Math.max(1, Math.ceil(pieces / PIECES_PER_SEARCH));
}

function filesOf(body: CallContext['body']): readonly FormPart[] {
  return body instanceof MultipartForm ? body.parts.filter(({ fileName }) => fileName !== undefined) : [];
}

/** The larger of the two names, whichever of them a provider looks at. */
function limitOf(members: Members): number | undefined {
  const newer = members['max_completion_tokens'];
  const older = members['max_tokens'];
  if (typeof newer !== 'number') return typeof older === 'number' ? Math.max(0, older) : undefined;
  return Math.max(0, newer, typeof older === 'number' ? older : 0);
}

/** Of a form all values are text. */
function countOf(value: unknown, otherwise: number): number {
  const count = typeof value === 'string' ? Number(value) : value;
  return typeof count === 'number' && Number.isFinite(count) && count > 0 ? Math.ceil(count) : otherwise;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
