import { type IncomingMessage } from 'node:http';
import { type Readable } from 'node:stream';
import { GatewayError } from '../errors/gateway-error.js';
import { type MultipartForm } from '../protocol/multipart-form.js';
import { assertPlain, findObstacle } from './body-reader.js';
import { FormCollector, type FormLimits } from './form-collector.js';
import { boundaryOf } from './form-headers.js';

export interface UploadLimits extends FormLimits {
  /** Bytes of the whole body. */
  readonly uploadBytes: number;
}

type FormRequest = Readable & Pick<IncomingMessage, 'headers'>;

/**
 * Reads a `multipart/form-data` body, not faster than what is too large for memory goes to the disk. Whoever gets the
 * form disposes of it; where there is none, nothing of it is left.
 *
 * @throws GatewayError for a body that is too large, compressed, no form, malformed, or cut off.
 */
export async function readForm(request: FormRequest, limits: UploadLimits): Promise<MultipartForm> {
  assertPlain(request);
  const boundary = checkContentType(request.headers['content-type']);
  const obstacle = findObstacle(request, limits.uploadBytes);
  if (obstacle !== undefined) throw obstacle;
  const collector = new FormCollector(boundary, limits);
  try {
    await readPieces(request, limits.uploadBytes, (bytes) => collector.push(bytes));
    return await collector.end();
  } catch (error) {
    await collector.discard();
    throw error;
  }
}

/** @returns the boundary. */
function checkContentType(contentType: string | undefined): string {
  if (contentType === undefined || !/^multipart\/form-data\s*(?:;|$)/i.test(contentType)) {
    throw new GatewayError('unsupported_media_type', { message: 'The request body must be multipart/form-data.' });
  }
  const boundary = boundaryOf(contentType);
  if (boundary !== undefined) return boundary;
  throw new GatewayError('invalid_form', { message: 'The content type has no boundary, or not a valid one.' });
}

/** Hands over a body piece by piece, the next when the one before has been taken. What is refused is not read on. */
function readPieces(request: FormRequest, limit: number, take: (bytes: Buffer) => Promise<void>): Promise<void> {
  return new Promise((resolve, reject) => {
    let length = 0;
    let isOver = false;
    const refuse = (error: unknown): void => {
      isOver = true;
      request.pause();
      reject(error instanceof Error ? error : new Error(String(error)));
    };
    request.on('data', (bytes: Buffer) => {
      // What Node had read already comes in spite of the pause.
      if (isOver) return;
      length += bytes.length;
      if (length > limit) return refuse(new GatewayError('payload_too_large'));
      request.pause();
      take(bytes).then(() => {
        if (!isOver) request.resume();
      }, refuse);
    });
    request.on('end', resolve);
    request.on('close', () => {
      isOver = true;
      if (!request.readableEnded) reject(new GatewayError('client_closed_request'));
    });
  });
}
