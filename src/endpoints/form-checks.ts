import { GatewayError } from '../errors/gateway-error.js';
import { type MultipartForm } from '../protocol/multipart-form.js';
import { type ModelRequest } from './endpoint.js';
import { checkModel, checkNames, checkString, invalidType, invalidValue, missing } from './parameter-checks.js';

/**
 * Sees that a form is a request as far as every provider would agree; what lies deeper the provider checks.
 * @param known names of parameters in lower case, without brackets.
 * @returns its text fields.
 * @throws GatewayError naming the parameter.
 */
export function checkForm(form: MultipartForm, known: ReadonlySet<string>): ModelRequest & Record<string, unknown> {
  // `__proto__[x]` steers as much as `__proto__`; and a file does not hide a name.
  checkNames(Object.fromEntries(form.parts.map(({ name }) => [name.replace(/\[.*/s, ''), name])), known);
  const { value } = form;
  if (form.filesOf('model').length > 0) throw invalidType('model', 'a text field');
  if (value['model'] === undefined) {
    throw new GatewayError('missing_required_parameter', {
      message: "missing 'model' field in multipart form",
      param: 'model',
    });
  }
  if (Array.isArray(value['model'])) throw invalidValue('model', 'there once');
  checkString(value, 'user');
  const { user } = value;
  // There is no stream but where an endpoint says so; the field itself is the provider's to judge.
  return { ...value, model: checkModel(value), stream: false, ...(typeof user === 'string' ? { user } : {}) };
}

/** What the text field `stream` means; `false` where there is none. */
export function checkStreamField({ value }: MultipartForm): boolean {
  switch (value['stream']) {
    case undefined:
    case '':
    case 'false':
    case 'False':
    case '0':
      return false;
    case 'true':
    case 'True':
    case '1':
      return true;
    default:
      throw invalidType('stream', 'true or false');
  }
}

/** @throws GatewayError where the file is missing, or there is another of that name. */
export function checkOneFile(form: MultipartForm, name: string): void {
  const { length } = form.filesOf(name);
  if (length === 0) throw missing(name);
  if (length > 1) throw oneFile(name);
}

export function oneFile(name: string): GatewayError {
  return new GatewayError('too_many_parts', { message: `'${name}' must be one file.`, param: name });
}
