import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished, vi } from 'vitest';
import { type SeenRequest } from './fake-upstream.js';
import { TEST_KEY } from './gateway.js';
import { openUploads } from './open-uploads.js';

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** Bytes in which every place is different from its neighbourhood: a lost or doubled piece changes the hash. */
export function noise(length: number): Buffer<ArrayBuffer> {
  const bytes = Buffer.from(new ArrayBuffer(length));
  for (let at = 0, state = length; at < length; at++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[at] = state >>> 24;
  }
  return bytes;
}

/** A part as one sees it: a text, or a file. */
export type SeenPart =
  | { readonly name: string; readonly value: string }
  | {
      readonly name: string;
      readonly fileName: string;
      readonly type: string;
      readonly size: number;
      readonly hash: string;
    };

/** What a request's form holds, read by Node's own reader. */
export async function partsOf({ body, headers }: SeenRequest): Promise<SeenPart[]> {
  const form = await new Response(body, { headers: { 'content-type': headers['content-type'] ?? '' } }).formData();
  return Promise.all(
    [...form.entries()].map(async ([name, value]): Promise<SeenPart> => {
      if (typeof value === 'string') return { name, value };
      const bytes = new Uint8Array(await value.arrayBuffer());
      return { name, fileName: value.name, type: value.type, size: bytes.length, hash: sha256(bytes) };
    }),
  );
}

export type FormEntries = readonly (readonly [name: string, value: string | File])[];

/** A form as browsers and Node write it. */
export function formOf(entries: FormEntries): FormData {
  const form = new FormData();
  for (const [name, value] of entries) {
    if (typeof value === 'string') form.append(name, value);
    else form.append(name, value, value.name);
  }
  return form;
}

/** A form as bytes, with its content type. */
export async function formBytes(entries: FormEntries): Promise<{ contentType: string; body: Buffer }> {
  const request = new Response(formOf(entries));
  return {
    contentType: request.headers.get('content-type') ?? '',
    body: Buffer.from(await request.arrayBuffer()),
  };
}

export function postForm(
  { url }: { readonly url: string },
  path: string,
  entries: FormEntries,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(url + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${TEST_KEY}`, ...headers },
    body: formOf(entries),
  });
}

export const audio = (bytes: Uint8Array<ArrayBuffer>, name = 'speech.wav', type = 'audio/wav'): File =>
  new File([bytes], name, { type });

/** A directory of a test's own for temporary files. */
export class UploadDirectory {
  private constructor(readonly path: string) {}

  static use(): UploadDirectory {
    const path = mkdtempSync(join(tmpdir(), 'nestgate-uploads-'));
    vi.stubEnv('TMPDIR', path);
    onTestFinished(() => {
      vi.unstubAllEnvs();
      rmSync(path, { recursive: true });
    });
    return new UploadDirectory(path);
  }

  /** Files that stand in it, and those without a name that are still open. */
  get leftovers(): string[] {
    return [...readdirSync(this.path), ...openUploads(this.path)];
  }
}
