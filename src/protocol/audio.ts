/** @see https://platform.openai.com/docs/api-reference/audio/createSpeech */
export interface SpeechRequest {
  model: string;
  input: string;
  voice: string | Record<string, unknown>;
  response_format?: string | null;
  speed?: number | null;
  instructions?: string | null;
  stream_format?: 'sse' | 'audio' | null;
  user?: string | null;
}

/** The text fields of the form; its audio is among the form's files. @see https://platform.openai.com/docs/api-reference/audio/createTranscription */
export interface TranscriptionRequest {
  model: string;
  stream?: boolean | null;
  user?: string | null;
}

/** The text fields of the form; its audio is among the form's files. @see https://platform.openai.com/docs/api-reference/audio/createTranslation */
export interface TranslationRequest {
  model: string;
  user?: string | null;
}
