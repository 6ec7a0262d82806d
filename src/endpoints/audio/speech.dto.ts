import { type SpeechRequest } from '../../protocol/audio.js';
import { isObject } from '../../protocol/json.js';
import {
  checkModel,
  checkNames,
  checkNumber,
  checkString,
  checkText,
  invalidType,
  missing,
} from '../parameter-checks.js';
import { SPEECH_REQUEST } from './audio.schemas.js';

/**
 * Sees that a body asks for speech as far as every provider would agree.
 * @throws GatewayError naming the parameter.
 */
export function checkSpeechRequest(body: Record<string, unknown>): SpeechRequest {
  checkNames(body, SPEECH_REQUEST.names);
  checkModel(body);
  checkText(body, 'input');
  checkVoice(body);
  checkString(body, 'response_format');
  checkString(body, 'stream_format');
  checkString(body, 'instructions');
  checkString(body, 'user');
  checkNumber(body, 'speed', 0.25, 4);
  // Every field that this gateway reads has been looked at.
  return body as unknown as SpeechRequest;
}

/** A name, or an object with the id of a voice of one's own. */
function checkVoice({ voice }: Readonly<Record<string, unknown>>): void {
  if (voice === undefined || voice === null) throw missing('voice');
  if (typeof voice !== 'string' && !isObject(voice)) throw invalidType('voice', 'a string or an object');
}
