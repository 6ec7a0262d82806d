import { type RequestBody } from './request-body.js';

/** One part of a form, as the client sent it. */
export interface FormPart {
  /** The field's name, brackets and all: `timestamp_granularities[]`. */
  readonly name: string;
  /** `undefined` for a text field. */
  readonly fileName: string | undefined;
  readonly contentType: string | undefined;
  /** Where its bytes are: in memory, or the path of a file. */
  readonly content: Buffer | string;
  /** Bytes. */
  readonly size: number;
}

/** A `multipart/form-data` body, taken apart and kept whole, so that every try can send it again. */
export class MultipartForm implements RequestBody {
  constructor(
    readonly parts: readonly FormPart[],
    /** Text fields by name; of one that came several times, all values in an array. */
    readonly value: Record<string, unknown>,
    readonly size: number,
  ) {}
}
