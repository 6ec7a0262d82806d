import { type ChatOutputAudio } from '../../protocol/chat-completions.js';
import { type GeminiBlob } from './gemini.types.js';

/** The formats in which a client can have speech: Google gives samples of 16 bits, which need but a header to be WAV. */
export const AUDIO_FORMATS: ReadonlySet<unknown> = new Set(['pcm16', 'wav']);

const HEADER_LENGTH = 44;
const SAMPLE_BYTES = 2;

/**
 * Speech as OpenAI has it in a message.
 * @param isWav whether the client asked for WAV.
 * @see https://platform.openai.com/docs/guides/audio
 */
export function toChatAudio(
  blobs: readonly GeminiBlob[],
  { id, created, isWav }: { id: string; created: number; isWav: boolean },
): ChatOutputAudio | undefined {
  const [first] = blobs;
  if (first === undefined) return undefined;
  const samples = Buffer.concat(blobs.map(({ data }) => Buffer.from(data, 'base64')));
  const isRaw = /^audio\/(l16|pcm)/i.test(first.mimeType);
  const bytes = isWav && isRaw ? Buffer.concat([wavHeader(samples.length, rateOf(first.mimeType)), samples]) : samples;
  // The data is in the answer, so it does not expire; OpenAI's clients read the time.
  return { id: `audio_${id}`, data: bytes.toString('base64'), transcript: '', expires_at: created };
}

/** Samples a second: `audio/L16;codec=pcm;rate=24000`. */
function rateOf(mimeType: string): number {
  return Number(/rate=(\d+)/.exec(mimeType)?.[1] ?? 24_000);
}

/** One channel. @see http://soundfile.sapp.org/doc/WaveFormat/ */
function wavHeader(length: number, rate: number): Buffer {
  const header = Buffer.alloc(HEADER_LENGTH);
  header.write('RIFF', 0, 'latin1');
  header.writeUInt32LE(HEADER_LENGTH - 8 + length, 4);
  header.write('WAVEfmt ', 8, 'latin1');
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(rate, 24);
  header.writeUInt32LE(rate * SAMPLE_BYTES, 28);
  header.writeUInt16LE(SAMPLE_BYTES, 32);
  header.writeUInt16LE(SAMPLE_BYTES * 8, 34);
  header.write('data', 36, 'latin1');
  header.writeUInt32LE(length, 40);
  return header;
}
