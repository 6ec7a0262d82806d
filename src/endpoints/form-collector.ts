import { isUtf8 } from 'node:buffer';
import { type Readable } from 'node:stream';
import { Dicer } from '@fastify/busboy';
import { GatewayError } from '../errors/gateway-error.js';
import { isObject } from '../protocol/json.js';
import { type FormPart, MultipartForm } from '../protocol/multipart-form.js';
import { type Disposition, readDisposition } from './form-headers.js';
import { SpilledBytes } from './spilled-bytes.js';

export interface FormLimits {
  /** Parts of one form. */
  readonly uploadParts: number;
  /** Bytes of all text fields of one form. */
  readonly uploadFieldBytes: number;
}

/** The most that the files of one form take in memory; what is more goes to the disk. */
export const FILE_BYTES_IN_MEMORY = 1024 * 1024;

/** Bytes of the headers of one part. */
const MAX_HEADER_BYTES = 16 * 1024;
const MAX_NAME_LENGTH = 256;

/** Other encodings are out of use, and a provider that is sent the bytes alone could not tell. */
const PLAIN_ENCODINGS: ReadonlySet<unknown> = new Set([undefined, 'binary', '8bit', '7bit']);

/** A part on its way in. */
interface PartInProgress {
  disposition: Disposition | undefined;
  contentType: string | undefined;
  size: number;
  /** What of it is in memory. */
  pieces: Buffer[];
  isSpilled: boolean;
  stored: SpilledBytes | undefined;
}

/**
 * Makes a form of the bytes of its body.
 *
 * It takes the parts from busboy's inner parser and reads their headers itself: busboy, and multer on top of it, pass
 * over parts without a name in silence, take parameters and capitals from content types, and lose those of text fields.
 */
export class FormCollector {
  private readonly parser: Dicer;
  private readonly parts: PartInProgress[] = [];
  private fieldBytes = 0;
  private fileBytesInMemory = 0;
  /** Parts whose end has not come yet. */
  private open = 0;
  /** The last boundary has come. */
  private isComplete = false;
  private failure: GatewayError | undefined;
  /** Settles when what goes to the disk so far is there. */
  private spilling: Promise<void> = Promise.resolve();
  private whenOver: (() => void) | undefined;

  constructor(
    boundary: string,
    private readonly limits: FormLimits,
  ) {
    // The parser is never stopped within a piece, where it could stay for ever: who has pieces waits between them.
    const config = { boundary, maxHeaderSize: MAX_HEADER_BYTES, partHwm: Number.MAX_SAFE_INTEGER };
    this.parser = new Dicer(config);
    this.parser.on('part', (part) => this.begin(part));
    this.parser.on('error', (error) => this.fail(new GatewayError('invalid_form', { cause: error })));
    this.parser.on('finish', () => {
      this.isComplete = true;
      this.look();
    });
  }

  /** Takes the next bytes. Done when there is room for more. @throws GatewayError */
  async push(bytes: Buffer): Promise<void> {
    // What follows the last boundary means nothing.
    if (!this.isComplete) this.parser.write(bytes);
    // By the next tick a part has handed over what is in these bytes.
    await new Promise((resolve) => process.nextTick(resolve));
    await this.spilling;
    if (this.failure !== undefined) throw this.failure;
  }

  /** The body has ended. @throws GatewayError */
  async end(): Promise<MultipartForm> {
    this.parser.end();
    await new Promise<void>((resolve) => {
      this.whenOver = resolve;
      this.look();
    });
    await this.spilling;
    const parts = this.failure === undefined ? this.parts.map((part) => this.finished(part)) : [];
    if (this.failure !== undefined) throw this.failure;
    const files = this.files();
    return new MultipartForm(parts, files.length === 0 ? undefined : () => closeAll(files));
  }

  /** Leaves nothing behind. */
  async discard(): Promise<void> {
    this.fail(new GatewayError('invalid_form'));
    await this.spilling;
    await closeAll(this.files());
  }

  private files(): SpilledBytes[] {
    return this.parts.flatMap(({ stored }) => stored ?? []);
  }

  /** The first failure counts. */
  private fail(error: GatewayError): void {
    this.failure ??= error;
    this.look();
  }

  private look(): void {
    if (this.failure !== undefined || (this.isComplete && this.open === 0)) this.whenOver?.();
  }

  private begin(stream: Readable): void {
    // A part that is cut off says so too, and an error that nobody hears of would end the process.
    stream.on('error', () => undefined);
    if (this.parts.length >= this.limits.uploadParts) this.fail(new GatewayError('too_many_parts'));
    if (this.failure !== undefined) return;
    const part: PartInProgress = {
      disposition: undefined,
      contentType: undefined,
      size: 0,
      pieces: [],
      isSpilled: false,
      stored: undefined,
    };
    this.parts.push(part);
    this.open++;
    stream.on('header', (header: unknown) => this.readHeader(part, header));
    stream.on('data', (bytes: Buffer) => this.take(part, bytes));
    stream.on('end', () => {
      this.open--;
      if (part.disposition === undefined) this.fail(new GatewayError('invalid_part'));
      this.look();
    });
  }

  private readHeader(part: PartInProgress, header: unknown): void {
    const only = (name: string): string | undefined => {
      const values: unknown = isObject(header) ? header[name] : undefined;
      if (!Array.isArray(values)) return undefined;
      if (values.length > 1) this.fail(new GatewayError('invalid_part', { message: `A part has two ${name}s.` }));
      return String(values[0]);
    };
    const contentType = only('content-type');
    part.contentType = contentType === '' ? undefined : contentType;
    if (!PLAIN_ENCODINGS.has(only('content-transfer-encoding')?.trim().toLowerCase())) {
      this.fail(new GatewayError('invalid_part', { message: 'A part of the form is in a transfer encoding.' }));
    }
    const disposition = only('content-disposition') ?? '';
    part.disposition = isUtf8(Buffer.from(disposition, 'latin1')) ? readDisposition(disposition) : undefined;
    if (part.disposition === undefined || !isName(part.disposition.name)) {
      this.fail(new GatewayError('invalid_part', { message: 'A part of the form has no name, or not a valid one.' }));
    }
  }

  private take(part: PartInProgress, bytes: Buffer): void {
    if (this.failure !== undefined) return;
    part.size += bytes.length;
    part.pieces.push(bytes);
    if (part.disposition?.fileName === undefined) {
      this.fieldBytes += bytes.length;
      if (this.fieldBytes > this.limits.uploadFieldBytes) {
        this.fail(new GatewayError('payload_too_large', { message: 'The text fields of the form are too large.' }));
      }
      return;
    }
    if (!part.isSpilled) {
      this.fileBytesInMemory += bytes.length;
      if (this.fileBytesInMemory <= FILE_BYTES_IN_MEMORY) return;
      this.fileBytesInMemory -= part.size;
      part.isSpilled = true;
    }
    this.spilling = this.spilling.then(() => this.spill(part));
  }

  /** Never fails by itself: what goes wrong is the failure of the form. */
  private async spill(part: PartInProgress): Promise<void> {
    if (this.failure !== undefined || part.pieces.length === 0) return;
    try {
      part.stored ??= await SpilledBytes.create();
      await part.stored.write(Buffer.concat(part.pieces.splice(0)));
    } catch (error) {
      this.fail(new GatewayError('server_error', { cause: error }));
    }
  }

  private finished({ disposition, contentType, size, pieces, stored }: PartInProgress): FormPart {
    const content = stored ?? Buffer.concat(pieces);
    const { name = '', fileName } = disposition ?? {};
    if (fileName === undefined && Buffer.isBuffer(content) && !isUtf8(content)) {
      this.fail(new GatewayError('invalid_encoding', { message: 'A text field of the form is not valid UTF-8.' }));
    }
    return { name, fileName, contentType, content, size };
  }
}

async function closeAll(files: readonly SpilledBytes[]): Promise<void> {
  await Promise.all(files.map((file) => file.close()));
}

function isName(name: string): boolean {
  return name !== '' && name.length <= MAX_NAME_LENGTH && !/\p{Cc}/u.test(name);
}
