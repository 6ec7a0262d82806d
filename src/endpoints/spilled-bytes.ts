import { type FileHandle, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type StoredBytes } from '../protocol/multipart-form.js';

const READ_BYTES = 64 * 1024;

/**
 * Bytes in a file that has no name any longer: it is taken out of its directory as soon as it is open, so that nobody
 * else can open it, and nothing is left behind, not even by a process that is killed.
 */
export class SpilledBytes implements StoredBytes {
  private length = 0;

  private constructor(private readonly file: FileHandle) {}

  /** @throws where the directory for temporary files takes none. */
  static async create(): Promise<SpilledBytes> {
    // Made for its owner alone (0700).
    const directory = await mkdtemp(join(tmpdir(), 'nestgate-upload-'));
    try {
      return new SpilledBytes(await open(join(directory, 'part'), 'wx+', 0o600));
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  }

  /** Writes at the end. One write at a time. @throws where the disk is full, or gone. */
  async write(bytes: Buffer): Promise<void> {
    for (let at = 0; at < bytes.length;) {
      const { bytesWritten } = await this.file.write(bytes, at, bytes.length - at, this.length);
      at += bytesWritten;
      this.length += bytesWritten;
    }
  }

  async *read(): AsyncGenerator<Buffer> {
    for (let position = 0; position < this.length;) {
      const { bytesRead, buffer } = await this.file.read(Buffer.allocUnsafe(READ_BYTES), 0, READ_BYTES, position);
      if (bytesRead === 0) throw new Error('A temporary file is shorter than it was.');
      position += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  }

  /** Gives its place on the disk back. Whoever reads on is told that it is closed. */
  async close(): Promise<void> {
    // There is nobody to tell, and nothing to do about it: the system closes it with the process.
    await this.file.close().catch(() => undefined);
  }
}
