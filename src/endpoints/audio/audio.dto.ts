import { type TranscriptionRequest, type TranslationRequest } from '../../protocol/audio.js';
import { type MultipartForm } from '../../protocol/multipart-form.js';
import { checkForm, checkOneFile, checkStreamField } from '../form-checks.js';

/** @see https://platform.openai.com/docs/api-reference/audio/createTranscription */
const OF_TRANSCRIPTIONS: ReadonlySet<string> = new Set([
  'chunking_strategy',
  'file',
  'include',
  'known_speaker_names',
  'known_speaker_references',
  'language',
  'model',
  'prompt',
  'response_format',
  'stream',
  'temperature',
  'timestamp_granularities',
  'user',
]);

/** @see https://platform.openai.com/docs/api-reference/audio/createTranslation */
const OF_TRANSLATIONS: ReadonlySet<string> = new Set([
  'file',
  'model',
  'prompt',
  'response_format',
  'temperature',
  'user',
]);

/** Some providers fetch the recording themselves: Groq's `url`, Mistral's `file_url` and `file_id`. */
const IN_PLACE_OF_FILE = ['url', 'file_url', 'file_id'];

/** @throws GatewayError naming the parameter. */
export function checkTranscription(form: MultipartForm): TranscriptionRequest {
  const fields = checkForm(form, OF_TRANSCRIPTIONS);
  checkRecording(form);
  return { ...fields, stream: checkStreamField(form) };
}

/** @throws GatewayError naming the parameter. */
export function checkTranslation(form: MultipartForm): TranslationRequest {
  const fields = checkForm(form, OF_TRANSLATIONS);
  checkRecording(form);
  return fields;
}

function checkRecording(form: MultipartForm): void {
  const isElsewhere = IN_PLACE_OF_FILE.some((name) => form.value[name] !== undefined);
  if (!isElsewhere || form.filesOf('file').length > 0) checkOneFile(form, 'file');
}
