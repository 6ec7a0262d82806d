import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * Recorded provider traffic, one exchange a file. The recordings stand beside the repository, not in it: suites that
 * need them say `describe.skipIf(!recordingsAvailable)`.
 */
const directory = new URL('../../../shared/recordings/', import.meta.url);

export const recordingsAvailable = existsSync(new URL('INDEX.md', directory));

if (!recordingsAvailable) process.stderr.write('No recordings beside the repository: their suites are skipped.\n');

/**
 * How near a file is to what went over the wire: `verbatim` as sent; `normalised` with keys sorted by the recorder;
 * `response-only` without its request; `vendor-mock` written by the vendor's team after real answers; `reported` quoted
 * in a public issue.
 */
export type Fidelity = 'verbatim' | 'normalised' | 'response-only' | 'vendor-mock' | 'reported';

export interface Recording {
  /** `<directory>/<file name without .json>`. */
  readonly id: string;
  readonly source: {
    readonly repo: string;
    readonly path: string;
    /** Place of the exchange in its cassette: equal `path`s with rising indexes are successive turns. */
    readonly index?: number;
    readonly commit: string | null;
    readonly license: string;
  };
  readonly provider: string;
  /** `chat`, `chat-stream`, `embeddings`, `images`, `responses`, `transcription`, `speech`, … */
  readonly operation: string;
  /** The wire dialect: `chat.completions`, `anthropic.messages`, `generateContent`, `bedrock.converse`, … */
  readonly api: string;
  readonly model: string;
  /** Recordings of one scenario hold one conversation, asked of several providers. */
  readonly scenario?: string;
  readonly situations: readonly string[];
  readonly fidelity: Fidelity;
  readonly notes?: readonly string[];
  readonly request: RecordedRequest;
  readonly response: RecordedResponse;
}

export interface RecordedRequest {
  readonly method: string;
  readonly host: string;
  /** With its query. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Parsed JSON; `null` where the source kept none. */
  readonly body?: Record<string, unknown> | null;
  readonly body_text?: string;
  readonly body_multipart?: readonly RecordedMultipartField[];
}

export interface RecordedMultipartField {
  readonly name: string;
  readonly filename?: string;
  readonly content_type?: string;
  readonly value?: string;
  readonly value_base64?: string;
  /** Bytes. */
  readonly size?: number;
  readonly value_omitted?: boolean;
}

export interface RecordedResponse {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  /** Parsed JSON, of any kind. */
  readonly body?: unknown;
  readonly body_text?: string;
  readonly body_base64?: string;
}

/** The recordings that the filter takes, sorted by id; none where there are no recordings. */
export function loadRecordings(filter: (recording: Recording) => boolean = () => true): Recording[] {
  all ??= recordingsAvailable ? readAll() : [];
  return all.filter(filter);
}

/** One recording by its id (`anthropic/chat--…`). */
export function recordingOf(id: string): Recording {
  const [found] = loadRecordings((recording) => recording.id === id);
  if (found === undefined) throw new Error(`There is no recording ${id}.`);
  return found;
}

/** The body of the answer as a provider would send it. JSON, which is kept parsed, is serialised again. */
export function responseBytes({ response }: Recording): Buffer {
  if (response.body_base64 !== undefined) return Buffer.from(response.body_base64, 'base64');
  if (response.body_text !== undefined) return Buffer.from(response.body_text);
  return Buffer.from(response.body === undefined ? '' : JSON.stringify(response.body));
}

/** One side of a family in `PAIRS.json`. */
export interface PairMember {
  readonly provider: string;
  readonly api: string;
  readonly openai_format: boolean;
  /** The turn of the conversation, from 0. */
  readonly step: number;
  readonly cassette: string;
  /** `<id>.json`. */
  readonly file: string;
  readonly status: number;
}

/** The scenarios recorded against several providers by one client library, by name. */
export function loadPairs(): Record<string, PairMember[]> {
  if (!recordingsAvailable) return {};
  return JSON.parse(readFileSync(new URL('PAIRS.json', directory), 'utf8')) as Record<string, PairMember[]>;
}

let all: Recording[] | undefined;

function readAll(): Recording[] {
  return readdirSync(fileURLToPath(directory), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name }) => readdirSync(new URL(`${name}/`, directory)).map((file) => `${name}/${file}`))
    .filter((path) => path.endsWith('.json'))
    .sort()
    .map((path) => JSON.parse(readFileSync(new URL(encodeURI(path), directory), 'utf8')) as Recording);
}
