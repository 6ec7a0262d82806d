import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { GatewayError } from '../errors/gateway-error.js';
import { type FormPart, type MultipartForm } from '../protocol/multipart-form.js';

/** A form as it goes over the wire. */
export interface WrittenForm {
  /** With the boundary. */
  readonly contentType: string;
  /** Bytes. */
  readonly length: number;
  /** What has a part on the disk comes as a stream, made anew for every try. */
  readonly body: Buffer | (() => Readable);
}

/**
 * Writes a form: the parts as they came, in their order, with a boundary of its own.
 * @param replaced new values of text fields, by name.
 */
export function writeForm(form: MultipartForm, replaced: Readonly<Record<string, string>> = {}): WrittenForm {
  // Too long to be guessed, and so to be found within a file.
  const boundary = `nestgate-${randomBytes(24).toString('hex')}`;
  const pieces: Piece[] = [];
  for (const part of form.parts) {
    // A field may be called `toString`.
    const isReplaced = part.fileName === undefined && Object.hasOwn(replaced, part.name);
    const replacement = isReplaced ? replaced[part.name] : undefined;
    const bytes = replacement === undefined ? undefined : Buffer.from(replacement);
    const { length } = pieces;
    const head = Buffer.from(`${length === 0 ? '' : '\r\n'}--${boundary}\r\n${headersOf(part)}\r\n`);
    pieces.push({ content: head, size: head.length });
    pieces.push(bytes === undefined ? part : { content: bytes, size: bytes.length });
  }
  const end = Buffer.from(`${pieces.length === 0 ? '' : '\r\n'}--${boundary}--\r\n`);
  pieces.push({ content: end, size: end.length });
  return {
    contentType: `multipart/form-data; boundary=${boundary}`,
    length: pieces.reduce((sum, { size }) => sum + size, 0),
    body: bodyOf(pieces),
  };
}

type Piece = Pick<FormPart, 'content' | 'size'>;

function bodyOf(pieces: readonly Piece[]): WrittenForm['body'] {
  const inMemory = pieces.flatMap(({ content }) => (Buffer.isBuffer(content) ? content : []));
  if (inMemory.length === pieces.length) return Buffer.concat(inMemory);
  return () => Readable.from(read(pieces), { objectMode: false });
}

async function* read(pieces: readonly Piece[]): AsyncGenerator<Buffer> {
  for (const { content } of pieces) {
    if (Buffer.isBuffer(content)) yield content;
    else {
      try {
        yield* content.read();
      } catch (error) {
        // Not the provider's fault, as it would otherwise look.
        throw new GatewayError('server_error', { cause: error });
      }
    }
  }
}

function headersOf({ name, fileName, contentType }: FormPart): string {
  const file = fileName === undefined ? '' : `; filename="${escaped(fileName)}"`;
  const type = contentType === undefined ? '' : `Content-Type: ${contentType.replaceAll(/[\r\n]/g, ' ')}\r\n`;
  return `Content-Disposition: form-data; name="${escaped(name)}"${file}\r\n${type}`;
}

/**
 * As browsers do: a name cannot end its quotes, nor its line.
 * @see https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#multipart-form-data
 */
function escaped(name: string): string {
  return name.replaceAll('"', '%22').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}
