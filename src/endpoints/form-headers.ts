/** What the `Content-Disposition` of a form's part says. */
export interface Disposition {
  readonly name: string;
  readonly fileName: string | undefined;
}

/**
 * The boundary of a `multipart/form-data` body; `undefined` where there is none, or none that RFC 2046 allows.
 * @param contentType the header of the request.
 * @see https://www.rfc-editor.org/rfc/rfc2046#section-5.1.1
 */
export function boundaryOf(contentType: string): string | undefined {
  const boundary = parametersOf(contentType)?.get('boundary');
  return boundary !== undefined && BOUNDARY.test(boundary) ? boundary : undefined;
}

/**
 * Reads the `Content-Disposition` of a part. `undefined` where it is not that of a form's part, names no field, or can
 * be understood in two ways.
 * @param header its bytes as Latin-1 characters, the way Node has headers.
 * @see https://www.rfc-editor.org/rfc/rfc7578#section-4.2
 */
export function readDisposition(header: string): Disposition | undefined {
  if (!/^form-data\s*(?:;|$)/i.test(header)) return undefined;
  const parameters = parametersOf(header);
  const name = parameters?.get('name');
  if (parameters === undefined || name === undefined) return undefined;
  // Not allowed in forms, but older clients send names that are not ASCII so.
  const extended = parameters.get('filename*');
  if (extended === undefined) return { name: utf8(name), fileName: withoutPath(utf8(parameters.get('filename'))) };
  const fileName = decodeExtended(extended);
  return fileName === undefined ? undefined : { name: utf8(name), fileName: withoutPath(fileName) };
}

// RFC 2046 allows a space within; nobody sends one, and it would have to be quoted.
const BOUNDARY = /^[\w'()+,./:=?-]{1,70}$/;

// One parameter: `; name=token` or `; name="quoted"`, where a backslash escapes quotes and backslashes only, since
// browsers once sent whole Windows paths in quotes. There is one way only to read it: with two for each backslash, a row
// of them whose quotes are never closed would keep the process busy for ever.
const PARAMETER = /\s*;\s*([^\s;="]+)\s*=\s*(?:"((?:\\["\\]|\\(?!["\\])|[^"\\])*)"|([^\s;"]*))\s*/y;

/** The parameters of a header, names in lower case; `undefined` where one stands twice, or something else stands there. */
function parametersOf(header: string): Map<string, string> | undefined {
  const found = new Map<string, string>();
  const first = header.indexOf(';');
  if (first < 0) return found;
  let at = first;
  while (at < header.length) {
    PARAMETER.lastIndex = at;
    const match = PARAMETER.exec(header);
    // A semicolon at the end is harmless.
    if (match === null) return /^\s*;?\s*$/.test(header.slice(at)) ? found : undefined;
    const [whole, name = '', quoted, token = ''] = match;
    const key = name.toLowerCase();
    if (found.has(key)) return undefined;
    found.set(key, quoted === undefined ? token : quoted.replaceAll(/\\(["\\])/g, '$1'));
    at += whole.length;
  }
  return found;
}

/** `UTF-8''na%C3%AFve.wav` @see https://www.rfc-editor.org/rfc/rfc8187#section-3.2 */
function decodeExtended(value: string): string | undefined {
  const encoded = /^utf-8'[^']*'(.*)$/i.exec(value)?.[1];
  if (encoded === undefined) return undefined;
  try {
    return decodeURIComponent(encoded);
  } catch {
    return undefined;
  }
}

function utf8<Text extends string | undefined>(latin1: Text): Text | string {
  return latin1 === undefined ? latin1 : Buffer.from(latin1, 'latin1').toString('utf8');
}

/** A path is nobody's business, and the provider's file system not the client's. */
function withoutPath(fileName: string | undefined): string | undefined {
  const last = fileName?.split(/[/\\]/).at(-1);
  return last === '.' || last === '..' ? '' : last;
}
