import { parseJson } from './json.js';
import { byteAt, type JsonBytes, JsonScan, scanJsonObject, textOf } from './json-scan.js';
import { PiecedBytes } from './pieced-bytes.js';

/** The top-level members of a JSON object, parsed only when asked for: most of a long answer is nobody's business here. */
export class JsonMembers {
  /** Whether every brace and string is closed: what was cut off in transit is not. */
  readonly isWhole: boolean;

  constructor(
    private readonly bytes: JsonBytes,
    private readonly scan: JsonScan,
  ) {
    this.isWhole = scan.isWhole;
  }

  static of(bytes: Buffer): JsonMembers {
    return new JsonMembers(bytes, scanJsonObject(bytes, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY));
  }

  /** The first byte of a member's value. */
  firstByteOf(name: string): number | undefined {
    const span = this.scan.members.find(name);
    return span === undefined ? undefined : byteAt(this.bytes, span.start);
  }

  /** A member's value; `undefined` where there is none, or it is not valid. */
  parse(name: string): unknown {
    const span = this.scan.members.find(name);
    return span === undefined ? undefined : parseJson(textOf(this.bytes, span));
  }
}

/** A JSON object that is looked through while it comes, piece by piece: no piece takes long, however many there are. */
export class PiecedJson extends PiecedBytes {
  readonly scan: JsonScan;

  constructor(maxDepth = Number.POSITIVE_INFINITY, maxValues = Number.POSITIVE_INFINITY) {
    super();
    this.scan = new JsonScan(this, maxDepth, maxValues);
  }

  override push(piece: Buffer): void {
    super.push(piece);
    this.scan.push(piece);
  }

  /** Once all of it is here. */
  get members(): JsonMembers {
    return new JsonMembers(this, this.scan);
  }
}
