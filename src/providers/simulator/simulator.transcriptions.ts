import { type TranscriptionRequest, type TranslationRequest } from '../../protocol/audio.js';
import { type MultipartForm } from '../../protocol/multipart-form.js';
import { NO_TOKENS, type TokenUsage } from '../../protocol/token-usage.js';
import { type Answer, type ProviderCall } from '../provider-adapter.interface.js';
import { EVENT_STREAM, eventPart, jsonAnswer, type SimulatedOperation } from './simulator.capability.js';
import { invalid } from './simulator.controls.js';
import { reportOthers } from './simulator.parameters.js';
import { SIMULATED, tokensIn, wordsOf } from './simulator.text.js';
import { type SimulatorControls } from './simulator.types.js';

const DONE: ReadonlySet<string> = new Set([
  'model',
  'file',
  'response_format',
  'stream',
  'timestamp_granularities',
  'user',
  'simulator',
  // The text is always the same, which is one that every temperature allows.
  'temperature',
]);

const BYTES_PER_TOKEN = 1_000;
const SECONDS_PER_WORD = 0.5;

/** The words are the simulator's own, and tell what was sent: it listens to nothing. */
export const SIMULATED_TRANSCRIPTIONS: SimulatedOperation<TranscriptionRequest, MultipartForm> = {
  content: ['content'],
  report: ({ body, unsupported }) => reportOthers(body.value, DONE, unsupported),
  answer: (call, controls) => write(call.body, 'transcribe', hear(call, controls)),
  stream: (call, controls) => {
    const { text, usage, counts } = hear(call, controls);
    const deltas = wordsOf(text).map((delta) => eventPart({ type: 'transcript.text.delta', delta }));
    return {
      contentType: EVENT_STREAM,
      parts: [...deltas, eventPart({ type: 'transcript.text.done', text, usage: counts }, usage)],
    };
  },
};

export const SIMULATED_TRANSLATIONS: SimulatedOperation<TranslationRequest, MultipartForm> = {
  content: ['content'],
  report: ({ body, unsupported }) => reportOthers(body.value, DONE, unsupported),
  answer: (call, controls) => write(call.body, 'translate', hear(call, controls)),
};

interface Heard {
  readonly text: string;
  readonly usage: TokenUsage;
  readonly counts: Record<string, unknown>;
}

function hear({ body }: Pick<ProviderCall<unknown, MultipartForm>, 'body'>, { content }: SimulatorControls): Heard {
  const [file] = body.filesOf('file');
  const what = file === undefined ? 'no file' : `"${file.fileName}", ${file.size} bytes`;
  const text = content ?? `${SIMULATED} it got ${what}, and listened to nothing.`;
  const read = Math.max(1, Math.ceil((file?.size ?? 0) / BYTES_PER_TOKEN));
  const written = tokensIn(text);
  return {
    text,
    usage: { ...NO_TOKENS, inputAudio: read, output: written },
    counts: {
      type: 'tokens',
      input_tokens: read,
      output_tokens: written,
      total_tokens: read + written,
      input_token_details: { text_tokens: 0, audio_tokens: read },
    },
  };
}

function write({ value }: MultipartForm, task: string, { text, usage, counts }: Heard): Answer {
  const words = wordsOf(text).map((word, index) => ({
    word: word.trim(),
    start: index * SECONDS_PER_WORD,
    end: (index + 1) * SECONDS_PER_WORD,
  }));
  const duration = words.length * SECONDS_PER_WORD;
  const format = value['response_format'] ?? 'json';
  switch (format) {
    case 'json':
      return jsonAnswer({ text, usage: counts }, usage);
    case 'verbose_json':
      return jsonAnswer(
        {
          task,
          language: 'english',
          duration,
          text,
          segments: [segmentOf(text, duration)],
          ...(asksForWords(value) ? { words } : {}),
          usage: { type: 'duration', seconds: Math.ceil(duration) },
        },
        usage,
      );
    case 'text':
      return textAnswer('text/plain; charset=utf-8', `${text}\n`, usage);
    case 'srt':
      return textAnswer('text/plain; charset=utf-8', `1\n${range(duration, ',')}\n${text}\n\n`, usage);
    case 'vtt':
      return textAnswer('text/vtt; charset=utf-8', `WEBVTT\n\n${range(duration, '.')}\n${text}\n\n`, usage);
    default:
      throw invalid('response_format', 'one of json, text, srt, vtt, verbose_json');
  }
}

/** @see https://platform.openai.com/docs/api-reference/audio/verbose-json-object */
function segmentOf(text: string, end: number): Record<string, unknown> {
  const guesses = { temperature: 0, avg_logprob: 0, compression_ratio: 1, no_speech_prob: 0 };
  return { id: 0, seek: 0, start: 0, end, text, tokens: [], ...guesses };
}

function asksForWords(value: Readonly<Record<string, unknown>>): boolean {
  const asked = value['timestamp_granularities[]'] ?? value['timestamp_granularities'];
  return Array.isArray(asked) ? asked.includes('word') : asked === 'word';
}

/** From the beginning to so many seconds: `00:00:00,000 --> 00:01:02,500`. */
function range(seconds: number, point: ',' | '.'): string {
  const at = (time: number): string => new Date(time * 1000).toISOString().slice(11, 23).replace('.', point);
  return `${at(0)} --> ${at(seconds)}`;
}

function textAnswer(contentType: string, text: string, usage: TokenUsage): Answer {
  return { contentType, bytes: Buffer.from(text), usage, textBytes: 0 };
}
