import { closeSync, ftruncateSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { JournalSegment } from './journal-segment.js';

/** The largest that one file becomes. */
const SEGMENT_BYTES = 4 * 1024 * 1024;
/** An idle file that is not larger is left as it is. */
const WORTH_EMPTYING_BYTES = 64 * 1024;
/** What must be writable before a spool that failed counts as well again: a full disk takes a few bytes now and then. */
const PROBE = Buffer.alloc(64 * 1024, '\n');

interface OpenFile {
  readonly fd: number;
  readonly segment: JournalSegment;
}

/**
 * The files of one process, appended to one after the other with plain writes: what is written is with the kernel, and
 * outlives this process. Nothing is forced to the disk.
 */
export class JournalSpool {
  /** All that are there, the one being written included. */
  readonly segments = new Set<JournalSegment>();
  private current: OpenFile | undefined;
  private failure: unknown;
  private count = 0;
  private total = 0;
  private readonly segmentBytes: number;

  constructor(
    private readonly directory: string,
    private readonly maxBytes: number,
  ) {
    this.segmentBytes = Math.min(SEGMENT_BYTES, maxBytes / 8);
  }

  get bytes(): number {
    return this.total;
  }

  /** What the last write failed with; `undefined` while all is well. */
  get trouble(): unknown {
    return this.failure;
  }

  get isFull(): boolean {
    return this.total >= this.maxBytes;
  }

  /** @returns where it stands now; `undefined` where it could not be written. */
  append(text: string): JournalSegment | undefined {
    if (this.failure !== undefined) return undefined;
    try {
      // Not after the last line of it: whoever wrote that has yet to say that it is needed.
      if (this.current !== undefined && this.current.segment.bytes >= this.segmentBytes) this.seal();
      const { fd, segment } = (this.current ??= this.openNext());
      const written = writeSync(fd, text);
      segment.bytes += written;
      this.total += written;
      if (written < text.length || (written !== text.length && written < Buffer.byteLength(text))) {
        throw new Error('A line was written in part');
      }
      return segment;
    } catch (error) {
      this.failure = error;
      // What may be torn is not written on.
      this.seal();
      return undefined;
    }
  }

  /** The next line begins another file. */
  seal(): void {
    const { current } = this;
    this.current = undefined;
    if (current === undefined) return;
    close(current.fd);
    if (!current.segment.isNeeded) this.remove(current.segment);
  }

  /** The same where it is this file that is being written. */
  sealIf(segment: JournalSegment): void {
    if (this.current?.segment === segment) this.seal();
  }

  /** Tries whether writing is possible again. @returns whether it is. */
  repair(): boolean {
    try {
      const opened = this.openNext();
      this.current = opened;
      for (let at = 0; at < PROBE.length;) at += writeSync(opened.fd, PROBE, at);
      ftruncateSync(opened.fd);
      this.failure = undefined;
      return true;
    } catch (error) {
      this.failure = error;
      this.seal();
      return false;
    }
  }

  /** Ends the writing. @returns whether something of it is still needed. */
  close(): boolean {
    this.seal();
    return this.segments.size > 0;
  }

  private openNext(): OpenFile {
    this.count++;
    const path = join(this.directory, `${String(this.count).padStart(9, '0')}.journal`);
    const segment = new JournalSegment(path, (freed) => this.free(freed));
    const opened = { fd: openSync(path, 'ax', 0o600), segment };
    this.segments.add(segment);
    return opened;
  }

  private free(segment: JournalSegment): void {
    const { current } = this;
    if (current?.segment !== segment) {
      this.remove(segment);
    } else if (segment.bytes > WORTH_EMPTYING_BYTES) {
      // One that is busy all the time is never idle, and removed as a whole.
      try {
        ftruncateSync(current.fd);
        this.total -= segment.bytes;
        segment.bytes = 0;
      } catch {
        // It stays as it is until it is full.
      }
    }
  }

  private remove(segment: JournalSegment): void {
    if (!this.segments.delete(segment)) return;
    this.total -= segment.bytes;
    try {
      rmSync(segment.path, { force: true });
    } catch {
      // What is read again from it is on record already.
    }
  }
}

function close(fd: number): void {
  try {
    closeSync(fd);
  } catch {
    // A disk that fails tells so here once more.
  }
}
