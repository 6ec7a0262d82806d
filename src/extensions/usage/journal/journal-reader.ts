import { closeSync, openSync, readSync } from 'node:fs';
import { type PriceBook } from '../../../pricing/price-book.js';
import { encodeUsageRecord, type UsageRecordLine } from '../usage-record.codec.js';
import { DISPATCHED, interruptedRecord, PROGRESS, type ReadLine, readLine, RECORD } from './dispatched-line.js';
import { LINE_FEED } from '../../../protocol/json-bytes.js';

const CHUNK_BYTES = 256 * 1024;
/** No line of ours is as long. */
const MAX_LINE_BYTES = 16 * 1024 * 1024;

/** What was found in files beside records. */
export interface Findings {
  /** Calls that nothing was heard of after they had been sent. */
  interrupted: number;
  /** Lines that were cut off at the end of a file. */
  torn: number;
  /** Lines that say nothing. */
  damaged: number;
  /** Files that cannot be read to their end. */
  unreadable: number;
  /** Told of each damaged line. */
  setAside(line: string): void;
}

/** The records in the files of a process that lives: its calls under way come to their end by themselves. */
export function* recordsIn(files: Iterable<string>, findings: Findings): Generator<UsageRecordLine> {
  for (const { text, isWhole } of linesIn(files, findings)) {
    if (!text.startsWith(RECORD)) continue;
    if (readLine(text) !== undefined) yield text;
    else report(findings, text, isWhole);
  }
}

/** The records in the files of a process that is dead, and one for each call that was under way when it ended. */
export function* recordsLeftIn(
  files: Iterable<string>,
  prices: PriceBook,
  findings: Findings,
): Generator<UsageRecordLine> {
  const open = new Map<string, { readonly sent: ReadLine; textBytes: number }>();
  for (const { text, isWhole } of linesIn(files, findings)) {
    const kind = text.charAt(0);
    const read = readLine(kind === RECORD ? text : text.slice(1));
    if (read === undefined) {
      report(findings, text, isWhole);
    } else if (kind === RECORD) {
      open.delete(read.requestId);
      yield text;
    } else if (kind === DISPATCHED) {
      open.set(read.requestId, { sent: read, textBytes: open.get(read.requestId)?.textBytes ?? 0 });
    } else if (kind === PROGRESS) {
      const call = open.get(read.requestId);
      if (call !== undefined && typeof read['textBytes'] === 'number') call.textBytes = read['textBytes'];
    } else {
      report(findings, text, isWhole);
    }
  }
  for (const { sent, textBytes } of open.values()) {
    findings.interrupted++;
    yield encodeUsageRecord(interruptedRecord(sent, textBytes, prices));
  }
}

function report(findings: Findings, line: string, isWhole: boolean): void {
  if (!isWhole) {
    findings.torn++;
    return;
  }
  findings.damaged++;
  findings.setAside(line);
}

interface Line {
  readonly text: string;
  /** Whether it has its end. */
  readonly isWhole: boolean;
}

function* linesIn(files: Iterable<string>, findings: Findings): Generator<Line> {
  for (const file of files) {
    try {
      yield* linesOf(file);
    } catch {
      findings.unreadable++;
    }
  }
}

/** The lines of a file that are not empty, a piece of it in memory at a time. */
function* linesOf(path: string): Generator<Line> {
  const fd = openSync(path, 'r');
  try {
    const chunk = Buffer.alloc(CHUNK_BYTES);
    let rest: Buffer = Buffer.alloc(0);
    for (let length = readSync(fd, chunk); length > 0; length = readSync(fd, chunk)) {
      // Copied, since the next piece is read into the same bytes.
      let bytes = Buffer.concat([rest, chunk.subarray(0, length)]);
      for (let end = bytes.indexOf(LINE_FEED); end >= 0; end = bytes.indexOf(LINE_FEED)) {
        if (end > 0) yield { text: bytes.toString('utf8', 0, end), isWhole: true };
        bytes = bytes.subarray(end + 1);
      }
      if (bytes.length > MAX_LINE_BYTES) throw new Error('A line has no end');
      rest = bytes;
    }
    if (rest.length > 0) yield { text: rest.toString('utf8'), isWhole: false };
  } finally {
    closeSync(fd);
  }
}
