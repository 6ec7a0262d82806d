import { UpstreamError } from '../../errors/upstream-error.js';
import { isObject, parseJson, parseJsonBytes } from '../../protocol/json.js';
import { LINE_FEED, OPEN_BRACKET } from '../../protocol/json-bytes.js';
import { type StreamTranslator } from '../http-dialect.js';
import { type Answer, type StreamPart } from '../provider-adapter.interface.js';
import { JsonMember } from './json-member.js';
import { readContent } from './mistral.thinking.js';

// Most of what Mistral answers is in order for OpenAI's clients, and goes on as it is. What is not are content in parts,
// which a model writes when it thinks, and two reasons to finish of its own.

/** The most that one line of a stream may weigh before it is somebody else's to refuse. */
const MAX_LINE_BYTES = 1024 * 1024;

const ODD_REASONS = [Buffer.from('"model_length"'), Buffer.from('"error"')];

/**
 * A whole answer.
 * @throws UpstreamError where the model broke off.
 */
export function fromMistralAnswer(answer: Answer): Answer {
  const { bytes } = answer;
  if (!isOdd(bytes)) return answer;
  const completion = parseJsonBytes(bytes);
  if (!isObject(completion) || !Array.isArray(completion['choices'])) return answer;
  const choices = completion['choices'].map((choice) => toChoice(choice, 'message'));
  if (choices.some(isFailed)) throw new UpstreamError('upstream_error', { status: 502, message: BROKEN_OFF });
  return { ...answer, bytes: Buffer.from(JSON.stringify({ ...completion, choices })) };
}

const BROKEN_OFF = 'The provider broke off its answer with an error.';

/** Rewrites the odd lines of a stream on their way to a reader of OpenAI's. */
export class MistralStreamReader implements StreamTranslator {
  private tail: Buffer | undefined;

  constructor(private readonly inner: StreamTranslator) {}

  push(bytes: Buffer): StreamPart | undefined {
    const buffer = this.tail === undefined ? bytes : Buffer.concat([this.tail, bytes]);
    const end = buffer.lastIndexOf(LINE_FEED) + 1;
    const rest = buffer.subarray(end);
    // Of a line without end the inner reader shall complain.
    if (rest.length > MAX_LINE_BYTES) {
      this.tail = undefined;
      return this.inner.push(buffer);
    }
    this.tail = rest.length === 0 ? undefined : rest;
    return end === 0 ? undefined : this.inner.push(rewritten(buffer.subarray(0, end)));
  }

  end(): StreamPart | undefined {
    const { tail } = this;
    this.tail = undefined;
    // Without its end of line nothing of it can be complete, nor come back.
    if (tail !== undefined) this.inner.push(rewritten(tail));
    return this.inner.end();
  }
}

/** @param lines whole ones. */
function rewritten(lines: Buffer): Buffer {
  if (!isOdd(lines)) return lines;
  return Buffer.from(lines.toString('utf8').split('\n').map(rewriteLine).join('\n'));
}

function rewriteLine(line: string): string {
  const data = /^data: ?(\{.*)$/s.exec(line.trimEnd())?.[1];
  const chunk = data === undefined ? undefined : parseJson(data);
  if (!isObject(chunk) || !Array.isArray(chunk['choices'])) return line;
  const given: unknown[] = chunk['choices'];
  const choices = given.map((choice) => toChoice(choice, 'delta'));
  if (choices.some(isFailed)) return `data: ${JSON.stringify({ ...chunk, error: { message: BROKEN_OFF } })}`;
  if (choices.every((choice, index) => choice === given[index])) return line;
  return `data: ${JSON.stringify({ ...chunk, choices })}`;
}

/** Whether anything in these bytes is not as OpenAI has it. */
function isOdd(bytes: Buffer): boolean {
  return (
    hasValue(bytes, 'content', (at) => bytes[at] === OPEN_BRACKET) ||
    hasValue(bytes, 'finish_reason', (at) =>
      ODD_REASONS.some((reason) => bytes.subarray(at, at + reason.length).equals(reason)),
    )
  );
}

function hasValue(bytes: Buffer, name: string, isMeant: (at: number) => boolean): boolean {
  const member = new JsonMember(name);
  for (let at = member.valueStart(bytes, 0, bytes.length); at >= 0; at = member.valueStart(bytes, at, bytes.length)) {
    if (isMeant(at)) return true;
  }
  return false;
}

/** @returns the choice itself where nothing changes. */
function toChoice(choice: unknown, name: 'message' | 'delta'): unknown {
  if (!isObject(choice)) return choice;
  const said = choice[name];
  const hasParts = isObject(said) && Array.isArray(said['content']);
  const isCutShort = choice['finish_reason'] === 'model_length';
  if (!hasParts && !isCutShort) return choice;
  return {
    ...choice,
    ...(isCutShort ? { finish_reason: 'length' } : {}),
    ...(hasParts ? { [name]: { ...said, ...readParts(said['content'], name) } } : {}),
  };
}

function readParts(parts: unknown, name: 'message' | 'delta'): object {
  const { content, ...reasoning } = readContent(Array.isArray(parts) ? parts : []);
  // A delta of thinking alone has no text, not an empty one.
  return name === 'delta' && content === '' ? { content: null, ...reasoning } : { content, ...reasoning };
}

function isFailed(choice: unknown): boolean {
  return isObject(choice) && choice['finish_reason'] === 'error';
}
