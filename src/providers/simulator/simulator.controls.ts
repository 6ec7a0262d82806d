import { GatewayError } from '../../errors/gateway-error.js';
import { isObject, parseJson } from '../../protocol/json.js';
import { type SimulatorControls } from './simulator.types.js';

const MAX_DELAY_MS = 600_000;
const ERROR_CONTROLS = ['status', 'message', 'code', 'retry_after', 'after_chunks'];

/** What may be answered with; which of it has a meaning depends on the operation. */
export type ContentControl = 'content' | 'reasoning' | 'tool_calls';

/**
 * What a request asks of the simulator.
 * @param body a JSON body, or the text fields of a form, where the field holds JSON.
 * @param content what the operation can answer with.
 * @throws GatewayError naming the field of `simulator` that is wrong.
 */
export function readControls(
  body: Readonly<Record<string, unknown>>,
  content: readonly ContentControl[],
): SimulatorControls {
  const field = body['simulator'] ?? {};
  const given = typeof field === 'string' ? parseJson(field) : field;
  if (!isObject(given)) throw invalid('simulator', 'an object');
  refuseOthers(given, [...content, 'delay_ms', 'chunk_delay_ms', 'error'], 'simulator');
  const { content: text, reasoning, tool_calls: toolCalls, error } = given;
  if (text !== undefined && typeof text !== 'string') throw invalid('simulator.content', 'a string');
  if (reasoning !== undefined && typeof reasoning !== 'string') throw invalid('simulator.reasoning', 'a string');
  return {
    ...(text === undefined ? {} : { content: text }),
    ...(reasoning === undefined ? {} : { reasoning }),
    ...(toolCalls === undefined ? {} : { tool_calls: readToolCalls(toolCalls) }),
    delay_ms: readNumber(given, 'delay_ms', MAX_DELAY_MS) ?? 0,
    chunk_delay_ms: readNumber(given, 'chunk_delay_ms', MAX_DELAY_MS) ?? 0,
    ...(error === undefined ? {} : { error: readError(error) }),
  };
}

function refuseOthers(from: Record<string, unknown>, known: readonly string[], path: string): void {
  if (Object.keys(from).some((name) => !known.includes(name))) throw invalid(path, `made of ${known.join(', ')}`);
}

function readToolCalls(value: unknown): { name: string; arguments: unknown }[] {
  if (!Array.isArray(value)) throw invalid('simulator.tool_calls', 'an array');
  return value.map((call: unknown, index) => {
    if (!isObject(call) || typeof call['name'] !== 'string') {
      throw invalid(`simulator.tool_calls[${index}].name`, 'a string');
    }
    return { name: call['name'], arguments: call['arguments'] ?? {} };
  });
}

function readError(value: unknown): NonNullable<SimulatorControls['error']> {
  if (!isObject(value)) throw invalid('simulator.error', 'an object');
  refuseOthers(value, ERROR_CONTROLS, 'simulator.error');
  const { message, code } = value;
  const status = readNumber(value, 'status', 599, 'simulator.error') ?? 500;
  if (status < 400) throw invalid('simulator.error.status', 'a status from 400 to 599');
  const retryAfter = readNumber(value, 'retry_after', 3_600, 'simulator.error');
  const afterChunks = readNumber(value, 'after_chunks', 1_000_000, 'simulator.error');
  return {
    status,
    message: typeof message === 'string' ? message : 'The simulator was asked to fail.',
    code: typeof code === 'string' ? code : null,
    ...(retryAfter === undefined ? {} : { retry_after: retryAfter }),
    ...(afterChunks === undefined ? {} : { after_chunks: afterChunks }),
  };
}

function readNumber(from: Record<string, unknown>, name: string, max: number, path = 'simulator'): number | undefined {
  const value = from[name];
  if (value === undefined) return undefined;
  if (typeof value !== 'number' || !(value >= 0 && value <= max))
    throw invalid(`${path}.${name}`, `a number from 0 to ${max}`);
  return value;
}

export function invalid(param: string, expected: string): GatewayError {
  return new GatewayError('invalid_value', { message: `'${param}' must be ${expected}.`, param });
}
