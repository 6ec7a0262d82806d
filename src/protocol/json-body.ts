import { OPEN_BRACE } from './json-bytes.js';
import { type MemberPlaces, scanJsonObject, type Span } from './json-scan.js';
import { type RequestBody } from './request-body.js';

/**
 * A request body: the client's bytes, and the object they spell. The bytes travel on to a provider of the same dialect
 * as they came, so that fields nobody here knows, numbers beyond doubles and the order of keys survive; `edited` changes
 * only the members that must change.
 */
export class JsonBody implements RequestBody {
  constructor(
    readonly bytes: Buffer,
    readonly value: Record<string, unknown>,
    private readonly members: MemberPlaces,
  ) {}

  get size(): number {
    return this.bytes.length;
  }

  /** A body made here: serialised once, with nothing to splice. */
  static of(value: Record<string, unknown>): JsonBody {
    const bytes = Buffer.from(JSON.stringify(value));
    return new JsonBody(
      bytes,
      value,
      scanJsonObject(bytes, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY).members,
    );
  }

  /** A body that spells another object: its members that are the same stay as they came, byte for byte. */
  changedTo(value: Record<string, unknown>): JsonBody {
    if (Object.keys(this.value).some((name) => value[name] === undefined)) return JsonBody.of(value);
    const edits: Record<string, string> = {};
    for (const [name, member] of Object.entries(value)) {
      if (member !== undefined && member !== this.value[name]) edits[name] = JSON.stringify(member);
    }
    const bytes = this.edited(edits);
    const { members } = scanJsonObject(bytes, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY);
    return new JsonBody(bytes, value, members);
  }

  /**
   * The bytes with some top-level members replaced or added.
   * @param edits JSON texts by member name, already serialised.
   */
  edited(edits: Readonly<Record<string, string>>): Buffer {
    const replaced: [Span, string][] = [];
    let added = '';
    for (const [name, json] of Object.entries(edits)) {
      const span = this.members.find(name);
      if (span === undefined) added += `${JSON.stringify(name)}:${json},`;
      else replaced.push([span, json]);
    }
    if (replaced.length === 0 && added === '') return this.bytes;
    replaced.sort(([a], [b]) => a.start - b.start);
    const pieces: Buffer[] = [];
    let from = 0;
    if (added !== '') {
      const open = this.bytes.indexOf(OPEN_BRACE) + 1;
      const isEmpty = this.members.count === 0;
      pieces.push(this.bytes.subarray(0, open), Buffer.from(isEmpty ? added.slice(0, -1) : added));
      from = open;
    }
    for (const [span, json] of replaced) {
      pieces.push(this.bytes.subarray(from, span.start), Buffer.from(json));
      from = span.end;
    }
    pieces.push(this.bytes.subarray(from));
    return Buffer.concat(pieces);
  }
}
