const SAMPLES_PER_SECOND = 8_000;
const BYTES_PER_SAMPLE = 2;

/** Milliseconds of each tone. */
const TONE_MS = 100;

const BYTES_PER_TONE = (SAMPLES_PER_SECOND * BYTES_PER_SAMPLE * TONE_MS) / 1000;

/**
 * What stands before the tones in a WAV file: one channel, 8 kHz, 16 bits, and a comment.
 * @see https://www.mmsp.ece.mcgill.ca/Documents/AudioFormats/WAVE/WAVE.html
 */
export function wavHeader(tones: number, comment: string): Buffer {
  // Chunks have an even number of bytes, and texts end in a zero.
  const text = Buffer.from(comment.length % 2 === 0 ? `${comment}\0\0` : `${comment}\0`, 'latin1');
  const format = Buffer.alloc(16);
  format.writeUInt16LE(1, 0);
  format.writeUInt16LE(1, 2);
  format.writeUInt32LE(SAMPLES_PER_SECOND, 4);
  format.writeUInt32LE(SAMPLES_PER_SECOND * BYTES_PER_SAMPLE, 8);
  format.writeUInt16LE(BYTES_PER_SAMPLE, 12);
  format.writeUInt16LE(BYTES_PER_SAMPLE * 8, 14);
  const list = Buffer.concat([Buffer.from('INFO'), chunkHead('ICMT', text.length), text]);
  const audio = tones * BYTES_PER_TONE;
  const chunks = [
    chunkHead('fmt ', format.length),
    format,
    chunkHead('LIST', list.length),
    list,
    chunkHead('data', audio),
  ];
  const inside = Buffer.concat([Buffer.from('WAVE'), ...chunks]);
  return Buffer.concat([chunkHead('RIFF', inside.length + audio), inside]);
}

/** A quiet tone, higher or lower by its number, that begins and ends at rest. */
export function toneOf(number: number): Buffer {
  const count = BYTES_PER_TONE / BYTES_PER_SAMPLE;
  // A whole number of waves: 200 Hz, 210 Hz, …
  const waves = 20 + (number % 20);
  const bytes = Buffer.alloc(BYTES_PER_TONE);
  for (let at = 0; at < count; at++) {
    bytes.writeInt16LE(Math.round(2_000 * Math.sin((2 * Math.PI * waves * at) / count)), at * BYTES_PER_SAMPLE);
  }
  return bytes;
}

function chunkHead(name: string, length: number): Buffer {
  const head = Buffer.alloc(8, name, 'latin1');
  head.writeUInt32LE(length, 4);
  return head;
}
