import { type RequestBody } from './request-body.js';

/** Bytes that are kept elsewhere than in memory. They can be read as often as one likes, also at the same time. */
export interface StoredBytes {
  /** @throws where they cannot be read. */
  read(): AsyncIterable<Buffer>;
}

/** One part of a form, as the client sent it. */
export interface FormPart {
  /** The field's name, brackets and all: `timestamp_granularities[]`. */
  readonly name: string;
  /** Without any path; `undefined` for a text field. */
  readonly fileName: string | undefined;
  /** As it came, parameters included: `text/plain; charset=utf-8`. */
  readonly contentType: string | undefined;
  /** Its bytes: in memory, or, of a large file, elsewhere. */
  readonly content: Buffer | StoredBytes;
  /** Bytes. */
  readonly size: number;
}

/** A `multipart/form-data` body, taken apart and kept whole, so that every try can send it again. */
export class MultipartForm implements RequestBody {
  /** Text fields by name; of one that came several times, all values in an array. */
  readonly value: Record<string, unknown>;
  /** Bytes of the text fields: nobody can tell tokens from the size of a recording or an image. */
  readonly size: number;

  /**
   * @param parts in their order.
   * @param release lets go of what is kept outside of memory. Must not fail.
   */
  constructor(
    readonly parts: readonly FormPart[],
    private readonly release?: () => Promise<void>,
  ) {
    const fields = parts.flatMap(({ name, fileName, content }) =>
      fileName === undefined && Buffer.isBuffer(content) ? { name, content } : [],
    );
    this.size = fields.reduce((sum, { content }) => sum + content.length, 0);
    this.value = valuesOf(fields);
  }

  /** The same form with other values of some text fields. */
  withFields(values: Readonly<Record<string, string>>): MultipartForm {
    const parts = this.parts.map((part) => {
      const value = part.fileName === undefined && Object.hasOwn(values, part.name) ? values[part.name] : undefined;
      if (value === undefined) return part;
      const content = Buffer.from(value);
      return { ...part, content, size: content.length };
    });
    return new MultipartForm(parts, this.release);
  }

  /** The files of a field. */
  filesOf(name: string): FormPart[] {
    return this.parts.filter((part) => part.name === name && part.fileName !== undefined);
  }

  dispose(): Promise<void> | undefined {
    return this.release?.();
  }
}

/** All bytes of a part, for providers that take them in another form. */
export async function bytesOf({ content }: FormPart): Promise<Buffer> {
  if (Buffer.isBuffer(content)) return content;
  const pieces: Buffer[] = [];
  for await (const piece of content.read()) pieces.push(piece);
  return Buffer.concat(pieces);
}

function valuesOf(fields: readonly { readonly name: string; readonly content: Buffer }[]): Record<string, unknown> {
  const values = new Map<string, string | string[]>();
  for (const { name, content } of fields) {
    const value = content.toString();
    const before = values.get(name);
    if (before === undefined) values.set(name, value);
    else if (typeof before === 'string') values.set(name, [before, value]);
    else before.push(value);
  }
  // Not by assignment: a field may be called `__proto__`.
  return Object.fromEntries(values);
}
