import { type SpeechRequest } from '../../protocol/audio.js';
import { NO_TOKENS } from '../../protocol/token-usage.js';
import { type StreamPart } from '../provider-adapter.interface.js';
import { EVENT_STREAM, eventPart, type SimulatedOperation } from './simulator.capability.js';
import { reportOthers } from './simulator.parameters.js';
import { SIMULATED, tokensIn, wordsOf } from './simulator.text.js';
import { toneOf, wavHeader } from './simulator.wav.js';

const DONE: ReadonlySet<string> = new Set(['model', 'input', 'voice', 'stream_format', 'user', 'simulator']);

/** A minute of tones: the size of an answer is not the caller's to choose. */
const MAX_WORDS = 600;

/** One tone for each word, as WAV, or as bare samples (`pcm`): the simulator has no voice. */
export const SIMULATED_SPEECH: SimulatedOperation<SpeechRequest> = {
  content: [],
  report: ({ body, unsupported }) => {
    const { response_format: format, ...others } = body.value;
    reportOthers(format === 'wav' || format === 'pcm' ? others : body.value, DONE, unsupported);
  },
  answer: ({ request }) => {
    const { contentType, pieces, usage } = speak(request);
    return { contentType, bytes: Buffer.concat(pieces), usage, textBytes: 0 };
  },
  stream: ({ request }) => {
    const { contentType, pieces, usage, counts } = speak(request);
    if (request.stream_format === 'sse') {
      const deltas = pieces.map((piece) => eventPart({ type: 'speech.audio.delta', audio: piece.toString('base64') }));
      return {
        contentType: EVENT_STREAM,
        parts: [...deltas, eventPart({ type: 'speech.audio.done', usage: counts }, usage)],
      };
    }
    return {
      contentType,
      parts: pieces.map((bytes, index): StreamPart => ({
        bytes,
        hasContent: true,
        textBytes: 0,
        ...(index === pieces.length - 1 ? { usage } : {}),
      })),
    };
  },
};

function speak({ input, response_format: format }: SpeechRequest) {
  const tones = wordsOf(input)
    .slice(0, MAX_WORDS)
    .map((word) => toneOf(word.length));
  const isBare = format === 'pcm';
  const read = tokensIn(input);
  return {
    contentType: isBare ? 'audio/pcm' : 'audio/wav',
    pieces: isBare ? tones : [wavHeader(tones.length, SIMULATED.replace(/:$/, '')), ...tones],
    usage: { ...NO_TOKENS, inputUncached: read, outputAudio: tones.length },
    counts: { input_tokens: read, output_tokens: tones.length, total_tokens: read + tones.length },
  };
}
