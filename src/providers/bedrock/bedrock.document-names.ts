const MAX_LENGTH = 200;
/** Left free for the number that tells two of one name apart. */
const LENGTH_OF_NUMBER = 8;

/**
 * Names for the documents of one request. Bedrock takes letters and digits of ASCII, single spaces, hyphens,
 * parentheses and brackets, at most 200 of them, and no name twice.
 *
 * @see https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_DocumentBlock.html
 */
export class DocumentNames {
  private readonly given = new Set<string>();

  /** @param filename as the client named it, if it did. */
  nameOf(filename: string | undefined): string {
    const base = toName(filename ?? '') || 'document';
    let name = base;
    for (let number = 2; this.given.has(name); number++) name = `${base} (${number})`;
    this.given.add(name);
    return name;
  }
}

function toName(filename: string): string {
  return filename
    .replace(/\.[a-z0-9]{1,8}$/i, '')
    .replace(/[^a-zA-Z0-9\-()[\]]+/g, ' ')
    .trim()
    .slice(0, MAX_LENGTH - LENGTH_OF_NUMBER)
    .trim();
}
