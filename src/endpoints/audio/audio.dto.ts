import { type TranscriptionRequest, type TranslationRequest } from '../../protocol/audio.js';
import { type MultipartForm } from '../../protocol/multipart-form.js';
import { checkForm, checkOneFile, checkStreamField } from '../form-checks.js';
import { TRANSCRIPTION_REQUEST, TRANSLATION_REQUEST } from './audio.schemas.js';

/** Some providers fetch the recording themselves: Groq's `url`, Mistral's `file_url` and `file_id`. */
const IN_PLACE_OF_FILE = ['url', 'file_url', 'file_id'];

/** @throws GatewayError naming the parameter. */
export function checkTranscription(form: MultipartForm): TranscriptionRequest {
  const fields = checkForm(form, TRANSCRIPTION_REQUEST.names);
  checkRecording(form);
  return { ...fields, stream: checkStreamField(form) };
}

/** @throws GatewayError naming the parameter. */
export function checkTranslation(form: MultipartForm): TranslationRequest {
  const fields = checkForm(form, TRANSLATION_REQUEST.names);
  checkRecording(form);
  return fields;
}

function checkRecording(form: MultipartForm): void {
  const isElsewhere = IN_PLACE_OF_FILE.some((name) => form.value[name] !== undefined);
  if (!isElsewhere || form.filesOf('file').length > 0) checkOneFile(form, 'file');
}
