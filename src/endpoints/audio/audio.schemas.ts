import { NamedSchema, TEXT } from '../../protocol/json-schema.js';
import { anyOf, between, FILE, formShape, jsonShape, MODEL, OBJECT, WORDS } from '../request-shape.js';

/** The parameters of OpenAI's speech. @see https://platform.openai.com/docs/api-reference/audio/createSpeech */
export const SPEECH_REQUEST = jsonShape(
  'SpeechRequest',
  { model: MODEL, input: WORDS, voice: anyOf(TEXT, OBJECT) },
  { instructions: TEXT, response_format: TEXT, speed: between(0.25, 4), stream_format: TEXT, user: TEXT },
  { model: 'gpt-4o-mini-tts', input: 'Hello!', voice: 'alloy' },
);

/** @see https://platform.openai.com/docs/api-reference/audio/createTranscription */
export const TRANSCRIPTION_REQUEST = formShape(
  'TranscriptionRequest',
  { model: MODEL, file: FILE },
  {
    chunking_strategy: TEXT,
    include: TEXT,
    known_speaker_names: TEXT,
    known_speaker_references: TEXT,
    language: TEXT,
    prompt: TEXT,
    response_format: TEXT,
    stream: TEXT,
    temperature: TEXT,
    timestamp_granularities: TEXT,
    user: TEXT,
  },
);

/** @see https://platform.openai.com/docs/api-reference/audio/createTranslation */
export const TRANSLATION_REQUEST = formShape(
  'TranslationRequest',
  { model: MODEL, file: FILE },
  { prompt: TEXT, response_format: TEXT, temperature: TEXT, user: TEXT },
);

export const TRANSCRIPT = new NamedSchema('Transcript', {
  type: 'object',
  properties: { text: TEXT, usage: OBJECT },
  required: ['text'],
});
