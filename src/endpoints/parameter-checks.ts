import { GatewayError } from '../errors/gateway-error.js';
import { isObject } from '../protocol/json.js';

/**
 * Fields by which some other gateways let a caller choose where a request goes and with which credentials. They are
 * refused rather than passed on, so that nobody believes that they do something here.
 */
const STEERING = new Set(['api_base', 'base_url', 'api_key', 'extra_headers', '__proto__', 'constructor', 'prototype']);

/**
 * Refuses fields that would steer the gateway, and those that differ from a known one only by case. Any other field
 * nobody here knows goes to the provider unchanged.
 * @param known names in lower case.
 */
export function checkNames(body: Readonly<Record<string, unknown>>, known: ReadonlySet<string>): void {
  for (const name of Object.keys(body)) {
    if (known.has(name)) continue;
    if (STEERING.has(name))
      throw new GatewayError('unknown_parameter', { message: `'${name}' is not accepted here.`, param: name });
    const lower = name.toLowerCase();
    if (known.has(lower)) {
      throw new GatewayError('unknown_parameter', {
        message: `A parameter is spelt like '${lower}', but in other case.`,
        param: lower,
      });
    }
  }
}

export function invalidType(param: string, expected: string): GatewayError {
  return new GatewayError('invalid_type', { message: `'${param}' must be ${expected}.`, param });
}

export function invalidValue(param: string, expected: string): GatewayError {
  return new GatewayError('invalid_value', { message: `'${param}' must be ${expected}.`, param });
}

export function missing(param: string): GatewayError {
  return new GatewayError('missing_required_parameter', { message: `'${param}' is missing.`, param });
}

export function checkBoolean(body: Readonly<Record<string, unknown>>, param: string): void {
  const value = body[param];
  if (value !== undefined && value !== null && typeof value !== 'boolean') throw invalidType(param, 'true or false');
}

export function checkInteger(body: Readonly<Record<string, unknown>>, param: string, min: number, max: number): void {
  const value = body[param];
  if (value === undefined || value === null) return;
  if (!Number.isSafeInteger(value) || Number(value) < min || Number(value) > max) {
    throw invalidValue(
      param,
      max === Number.MAX_SAFE_INTEGER ? `an integer from ${min}` : `an integer from ${min} to ${max}`,
    );
  }
}

export function checkNumber(body: Readonly<Record<string, unknown>>, param: string, min: number, max: number): void {
  const value = body[param];
  if (value === undefined || value === null) return;
  if (typeof value !== 'number' || !(value >= min && value <= max))
    throw invalidValue(param, `a number from ${min} to ${max}`);
}

export function checkString(body: Readonly<Record<string, unknown>>, param: string): void {
  const value = body[param];
  if (value !== undefined && value !== null && typeof value !== 'string') throw invalidType(param, 'a string');
}

/** A text that must be there, and say something. */
export function checkText(body: Readonly<Record<string, unknown>>, param: string): void {
  const value = body[param];
  if (value === undefined || value === null) throw missing(param);
  if (typeof value !== 'string') throw invalidType(param, 'a string');
  if (value === '') throw invalidValue(param, 'a text that is not empty');
}

/** @returns the object, `undefined` where it is left out or null. */
export function checkObject(
  body: Readonly<Record<string, unknown>>,
  param: string,
): Record<string, unknown> | undefined {
  const value = body[param];
  if (value === undefined || value === null) return undefined;
  if (!isObject(value)) throw invalidType(param, 'an object');
  return value;
}

/** @returns the array, `undefined` where it is left out or null. */
export function checkArray(body: Readonly<Record<string, unknown>>, param: string): unknown[] | undefined {
  const value = body[param];
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value)) throw invalidType(param, 'an array');
  return value;
}

/** `stream` and its options, of what is streamed as chunks of chat or text completions. */
export function checkStream(body: Readonly<Record<string, unknown>>): void {
  checkBoolean(body, 'stream');
  const options = checkObject(body, 'stream_options');
  if (options === undefined) return;
  if (body['stream'] !== true) throw invalidValue('stream_options', "left out unless 'stream' is true");
  const { include_usage: includeUsage } = options;
  if (includeUsage !== undefined && includeUsage !== null && typeof includeUsage !== 'boolean') {
    throw invalidType('stream_options.include_usage', 'true or false');
  }
}

/** Refuses to stream what comes whole. */
export function checkNotStreamed(body: Readonly<Record<string, unknown>>): void {
  checkBoolean(body, 'stream');
  if (body['stream'] === true) {
    throw new GatewayError('unsupported_parameter', { message: 'This is never streamed.', param: 'stream' });
  }
}

export function checkStop(body: Readonly<Record<string, unknown>>): void {
  const { stop } = body;
  if (stop === undefined || stop === null || typeof stop === 'string') return;
  if (!Array.isArray(stop) || stop.some((sequence) => typeof sequence !== 'string')) {
    throw invalidType('stop', 'a string or an array of strings');
  }
}

/** Refuses a request without a model's name. */
export function checkModel(body: Readonly<Record<string, unknown>>): string {
  const { model } = body;
  if (model === undefined) throw missing('model');
  if (typeof model !== 'string') throw invalidType('model', 'a string');
  if (model === '' || model.length > 256) throw invalidValue('model', 'the name of a model');
  return model;
}
