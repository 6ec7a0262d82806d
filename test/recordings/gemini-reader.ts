import { type TokenUsage } from '../../src/protocol/token-usage.js';
import { type Recording } from '../support/recordings.js';

/** Reads Google's own words, with nothing of the gateway's. */

export type Json = Record<string, unknown>;

/** An answer, however it came and whoever wrote it down: one gist for each candidate. */
export interface Gist {
  readonly id: unknown;
  readonly model: unknown;
  readonly choices: readonly ChoiceGist[];
  readonly usage: TokenUsage | undefined;
}

export interface ChoiceGist {
  readonly index: number;
  readonly content: string;
  readonly reasoning: string;
  /** `id` where Google gave one. */
  readonly calls: readonly { readonly id?: unknown; readonly name: unknown; readonly args: unknown }[];
  /** Signatures with what they belong to, in their order. */
  readonly seals: readonly string[];
  /** Media types and base64. */
  readonly media: readonly string[];
  /** URLs cited. */
  readonly cited: readonly unknown[];
  readonly finish: unknown;
  /** Whether it says why there is no, or not all of, an answer; in what words. */
  readonly refusal: unknown;
  readonly logprobs: readonly unknown[];
}

const list = (value: unknown): Json[] => (Array.isArray(value) ? (value as Json[]) : []);
const number = (value: unknown): number => (typeof value === 'number' ? value : 0);

/** The answers of a recording, in pieces where it was streamed. */
export function piecesOf(recording: Recording): Json[] {
  const { body, body_text: text } = recording.response;
  if (text === undefined) return Array.isArray(body) ? (body as Json[]) : [body as Json];
  return text
    .split(/\r?\n/)
    .filter((line) => line.startsWith('data:'))
    .map((line) => JSON.parse(line.slice('data:'.length)) as Json);
}

export const isStreamed = ({ api }: Recording): boolean => api === 'streamGenerateContent';

export const truthOf = (recording: Recording): Gist => gistOfPieces(piecesOf(recording));

export function gistOfPieces(pieces: readonly Json[]): Gist {
  const indexes = [...new Set(pieces.flatMap(candidates).map(({ index }) => index))];
  const feedback = pieces.find((piece) => piece['promptFeedback'] !== undefined)?.['promptFeedback'] as Json;
  const counts = pieces
    .map((piece) => piece['usageMetadata'] as Json | undefined)
    .findLast((usage) => usage?.['promptTokenCount'] !== undefined);
  return {
    id: pieces[0]?.['responseId'],
    model: pieces[0]?.['modelVersion'],
    choices:
      indexes.length === 0
        ? [{ ...EMPTY, finish: 'content_filter', refusal: feedback['blockReasonMessage'] ?? feedback['blockReason'] }]
        : indexes.map((index) =>
            gistOfCandidate(
              index,
              pieces.flatMap(candidates).filter((one) => one.index === index),
            ),
          ),
    usage: counts === undefined ? undefined : tokensOf(counts),
  };
}

const EMPTY: ChoiceGist = {
  index: 0,
  content: '',
  reasoning: '',
  calls: [],
  seals: [],
  media: [],
  cited: [],
  finish: '',
  refusal: undefined,
  logprobs: [],
};

const candidates = (piece: Json): { index: number; candidate: Json }[] =>
  list(piece['candidates']).map((candidate, at) => ({ index: (candidate['index'] as number) ?? at, candidate }));

function gistOfCandidate(index: number, pieces: readonly { candidate: Json }[]): ChoiceGist {
  const all = pieces.map(({ candidate }) => candidate);
  const parts = all.flatMap((candidate) => list((candidate['content'] as Json | undefined)?.['parts']));
  const texts = parts.filter((part) => typeof part['text'] === 'string');
  const said = all.findLast((candidate) => candidate['finishReason'] !== undefined) ?? {};
  const calls = callsOf(parts);
  const content = joined(texts.filter((part) => part['thought'] !== true));
  const media = parts.flatMap((part) => {
    const blob = part['inlineData'] as Json | undefined;
    return blob === undefined ? [] : `${String(blob['mimeType'])} ${String(blob['data'])}`;
  });
  const code = parts.map((part) => ((part['executableCode'] as Json | undefined) ?? {})['code']);
  const finish = FINISH[String(said['finishReason'])] ?? (content === '' ? 'content_filter' : 'stop');
  const isCalling = finish === 'stop' && calls.length > 0;
  return {
    index,
    content,
    // Google's own code is shown among the thoughts.
    reasoning: joined(texts.filter((part) => part['thought'] === true)) + code.filter(Boolean).join(''),
    calls,
    seals: sealsOf(parts),
    media,
    cited: citedIn(all),
    finish: isCalling ? 'tool_calls' : finish,
    refusal: finish === 'content_filter' ? (said['finishMessage'] ?? said['finishReason']) : undefined,
    logprobs: all.flatMap((candidate) =>
      list((candidate['logprobsResult'] as Json | undefined)?.['chosenCandidates']).map((one) => [
        one['token'],
        one['logProbability'],
      ]),
    ),
  };
}

/** What is documented of each; `tool_calls` where there are calls though Google says STOP. */
const FINISH: Record<string, string> = {
  STOP: 'stop',
  MAX_TOKENS: 'length',
  SAFETY: 'content_filter',
  RECITATION: 'content_filter',
  MODEL_ARMOR: 'content_filter',
  OTHER: 'content_filter',
  UNEXPECTED_TOOL_CALL: 'tool_calls',
};

const joined = (parts: readonly Json[]): string => parts.map((part) => part['text']).join('');

function sealsOf(parts: readonly Json[]): string[] {
  return parts.flatMap((part) => {
    const seal = part['thoughtSignature'];
    if (typeof seal !== 'string') return [];
    const call = part['functionCall'] as Json | undefined;
    return `${call === undefined ? 'text' : String(call['name'])} ${seal}`;
  });
}

function callsOf(parts: readonly Json[]): ChoiceGist['calls'][number][] {
  const calls: { id?: unknown; name: unknown; args: Json }[] = [];
  for (const part of parts) {
    const call = part['functionCall'] as Json | undefined;
    if (call === undefined) continue;
    if (call['name'] !== undefined) {
      const id = call['id'] === undefined ? {} : { id: call['id'] };
      calls.push({ ...id, name: call['name'], args: structuredClone((call['args'] as Json | undefined) ?? {}) });
    }
    const open = calls.at(-1);
    for (const piece of list(call['partialArgs'])) if (open !== undefined) put(open.args, piece);
  }
  return calls;
}

/** Writes a piece of an argument where its path says: a reader of its own, by splitting. */
function put(args: Json, piece: Json): void {
  const steps = String(piece['jsonPath']).replace(/^\$\./, '').replaceAll('[', '.').replaceAll(']', '').split('.');
  let at: Record<string, unknown> | unknown[] = args;
  const holder = (): Json => at as Json;
  steps.forEach((step, index) => {
    const next = steps[index + 1];
    if (next === undefined) {
      const { stringValue: text, numberValue, boolValue } = piece;
      const before = holder()[step];
      holder()[step] =
        typeof text === 'string'
          ? (typeof before === 'string' ? before : '') + text
          : (numberValue ?? boolValue ?? null);
    } else {
      at = (holder()[step] ??= /^\d+$/.test(next) ? [] : {}) as Json;
    }
  });
}

function citedIn(all: readonly Json[]): unknown[] {
  const chunks = list(
    (all.findLast((one) => one['groundingMetadata'])?.['groundingMetadata'] as Json)?.['groundingChunks'],
  );
  const grounded = chunks.map((chunk) => ((chunk['web'] ?? chunk['retrievedContext']) as Json)['uri']);
  const sources = all.flatMap((candidate) => {
    const metadata = (candidate['citationMetadata'] as Json | undefined) ?? {};
    return list(metadata['citationSources'] ?? metadata['citations']);
  });
  const distinct = [...new Map(sources.map((source) => [JSON.stringify(source), source])).values()];
  return [...grounded, ...distinct.map(({ uri }) => uri)].filter((uri) => uri !== undefined);
}

function tokensOf(usage: Json): TokenUsage {
  const audio = (details: unknown): number =>
    list(details)
      .filter(({ modality }) => modality === 'AUDIO')
      .reduce((sum, one) => sum + number(one['tokenCount']), 0);
  const cacheRead = number(usage['cachedContentTokenCount']);
  const inputAudio = audio(usage['promptTokensDetails']);
  const outputAudio = audio(usage['candidatesTokensDetails']);
  return {
    inputUncached:
      number(usage['promptTokenCount']) + number(usage['toolUsePromptTokenCount']) - cacheRead - inputAudio,
    cacheRead,
    cacheWrite5m: 0,
    cacheWrite1h: 0,
    inputAudio,
    output: number(usage['candidatesTokenCount']) - outputAudio,
    reasoning: number(usage['thoughtsTokenCount']),
    outputAudio,
  };
}

/** What Google counted in all, where it says so. */
export const totalOf = (recording: Recording): unknown =>
  piecesOf(recording)
    .map((piece) => ((piece['usageMetadata'] as Json | undefined) ?? {})['totalTokenCount'])
    .findLast((total) => total !== undefined);
