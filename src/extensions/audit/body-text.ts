import { type CallAnswer } from '../../events/call-answer.js';
import { isObject, parseJson } from '../../protocol/json.js';
import { JsonBody } from '../../protocol/json-body.js';
import { sizeOf, startOf } from '../../protocol/pieced-answer.js';
import { type RequestBody } from '../../protocol/request-body.js';

/** More than is kept is looked through, for what begins before the cut and ends behind it. */
const MARGIN = 1_024;
const CUT = '…';

/** What was asked, as text: JSON as it came, of a form its text fields. */
export function requestText(body: RequestBody, maxBytes: number): string {
  if (!(body instanceof JsonBody)) return JSON.stringify(body.value);
  return body.bytes.toString('utf8', 0, maxBytes + MARGIN);
}

/** What was answered, as text; of a stream what its pieces say together, since no pattern would be found in pieces. */
export function answerText(answer: CallAnswer, maxBytes: number): string {
  const { contentType } = answer;
  if (contentType.startsWith('text/event-stream')) return eventsText(answer.bytes.toString('utf8'));
  if (/^(?:application\/json|text\/)/.test(contentType)) return startOf(answer, maxBytes + MARGIN).toString('utf8');
  return `[${sizeOf(answer)} bytes of ${contentType}]`;
}

/** Redacts and cuts. What was looked at beyond the cut goes, also where redaction has made the rest shorter. */
export function shortened(text: string, maxLength: number, redact: (text: string) => string): string {
  if (text.length <= maxLength) return redact(text).slice(0, maxLength);
  const looked = redact(text.slice(0, maxLength + MARGIN));
  return looked.slice(0, Math.max(0, Math.min(maxLength, looked.length - MARGIN))) + CUT;
}

/** The strings of each place in the events, put together: `choices.0.delta.content` and so on. */
function eventsText(events: string): string {
  const texts = new Map<string, string>();
  for (const line of events.split('\n')) {
    if (!line.startsWith('data:')) continue;
    const event = parseJson(line.slice('data:'.length));
    if (isObject(event)) gather(event, '', texts);
  }
  return JSON.stringify(Object.fromEntries(texts));
}

/** Members that say the same in every event. */
const REPEATED: ReadonlySet<string> = new Set(['id', 'object', 'model', 'system_fingerprint', 'role', 'type']);
const MAX_DEPTH = 8;

function gather(value: unknown, path: string, texts: Map<string, string>, depth = 0): void {
  if (typeof value === 'string') {
    texts.set(path, (texts.get(path) ?? '') + value);
  } else if (typeof value === 'object' && value !== null && depth < MAX_DEPTH) {
    const index = 'index' in value && typeof value.index === 'number' ? `.${value.index}` : '';
    for (const [name, member] of Object.entries(value)) {
      if (REPEATED.has(name)) continue;
      const at = Array.isArray(value) ? path : `${path}${index}${path === '' ? '' : '.'}${name}`;
      gather(member, at, texts, depth + 1);
    }
  }
}
