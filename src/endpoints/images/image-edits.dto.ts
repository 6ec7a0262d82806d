import { type ImageEditRequest } from '../../protocol/images.js';
import { type MultipartForm } from '../../protocol/multipart-form.js';
import { checkForm, checkStreamField, oneFile } from '../form-checks.js';
import { invalidValue, missing } from '../parameter-checks.js';
import { IMAGE_EDIT_REQUEST } from './images.schemas.js';

/** One image, or one of several: `image`, `image[]`, `image[0]`. */
const IMAGE = /^image(?:\[\d*\])?$/;

/** @throws GatewayError naming the parameter. */
export function checkImageEdit(form: MultipartForm): ImageEditRequest {
  const fields = checkForm(form, IMAGE_EDIT_REQUEST.names);
  if (!form.parts.some(({ name, fileName }) => fileName !== undefined && IMAGE.test(name))) throw missing('image');
  if (form.filesOf('mask').length > 1) throw oneFile('mask');
  const { prompt } = fields;
  if (prompt === undefined) throw missing('prompt');
  if (typeof prompt !== 'string') throw invalidValue('prompt', 'there once');
  return { ...fields, prompt, stream: checkStreamField(form) };
}
