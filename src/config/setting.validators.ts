import { isIP } from 'node:net';
import { applyDecorators } from '@nestjs/common';
import { ArrayMaxSize, ArrayMinSize, ArrayUnique, IsArray, ValidateBy, type ValidationOptions } from 'class-validator';
import { parseDecimal } from '../pricing/decimal.js';

/** Timers take no more: a longer time would end at once. */
export const MAX_MILLISECONDS = 2_147_483_647;

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** A name that JavaScript gives to every object: as a key it would find what nobody configured. */
export function isReservedName(name: string): boolean {
  return name in Object.prototype || name === 'prototype';
}

/** A name that people choose: it stands in addresses, records and metrics. */
export const isName = (value: unknown): value is string =>
  typeof value === 'string' && NAME.test(value) && !isReservedName(value);

/** A name of a model: whatever its provider thought of, short of control characters. */
export const isModelName = (value: unknown): value is string =>
  typeof value === 'string' &&
  value.length <= 256 &&
  value.trim() === value &&
  value !== '' &&
  !hasControlCharacter(value) &&
  !isReservedName(value);

/** Digits after the point that an amount of money may have. */
export const AMOUNT_DECIMALS = 12;

/** An amount of money: a decimal number that is not below zero, as text or not. */
export const isAmount = (value: unknown): boolean => parseDecimal(value, AMOUNT_DECIMALS) !== undefined;

/** A day, or a time with its zone, as in `2026-08-17` and `2026-08-17T09:00:00Z`. */
export const isDay = (value: unknown): boolean =>
  typeof value === 'string' &&
  /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2})?(?:Z|[+-]\d{2}:\d{2}))?$/.test(value) &&
  !Number.isNaN(Date.parse(value));

/** Fit for a header: visible ASCII without spaces. The empty text passes, other validators see to that. */
export const isCredential = (value: unknown): boolean => typeof value === 'string' && /^[\x21-\x7e]*$/.test(value);

/** What is the matter with a base URL, `http(s)://host[:port][/path]`; `undefined` where nothing is. Never echoes it. */
export function baseUrlProblem(value: unknown): string | undefined {
  // Judged as written: the parser forgives spaces, backslashes, missing slashes, and an empty query or user.
  const [, authority, rest] = (typeof value === 'string' && /^https?:\/\/([^/?#]+)(.*)$/is.exec(value)) || [];
  if (typeof value !== 'string' || authority === undefined || rest === undefined) return 'is not an http(s) URL';
  if (authority.includes('@')) return 'holds a user name or a password';
  if (/[?#]/.test(rest)) return 'holds a query or a fragment';
  return /[\s\\]/.test(value) || hasControlCharacter(value) || !URL.canParse(value)
    ? 'is not an http(s) URL'
    : undefined;
}

/** A host as base URLs have it, with its port or without: `vllm.internal:8000`, `10.0.0.7`, `[::1]:11434`. */
const isHost = (value: unknown): boolean =>
  typeof value === 'string' &&
  /^(?:[a-z0-9.-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/.test(value) &&
  URL.canParse(`http://${value}`);

/** `redis://` or `rediss://`, whatever else ioredis reads in it. */
const isRedisUrl = (value: unknown): boolean =>
  typeof value === 'string' && /^rediss?:\/\/[^\s/?#]\S*$/i.test(value) && URL.canParse(value);

// Offsets are none: Postgres reads their sign the other way round.
const ZONE_NAME = /^[A-Za-z][A-Za-z0-9_+-]*(?:\/[A-Za-z0-9_+-]+)*$/;

/** A name of the IANA time zone database, as far as this Node knows it. */
export function isTimeZone(value: unknown): boolean {
  if (typeof value !== 'string' || !ZONE_NAME.test(value)) return false;
  try {
    Intl.DateTimeFormat('en', { timeZone: value });
    return true;
  } catch {
    return false;
  }
}

/** `http(s)://`, without a user or a password: they would be on every proxy's log. */
export function isWebhookUrl(value: unknown): boolean {
  if (typeof value !== 'string' || /\s/.test(value) || !/^https?:\/\//i.test(value) || !URL.canParse(value))
    return false;
  const { username, password } = new URL(value);
  return username === '' && password === '';
}

/** `192.0.2.7`, `10.0.0.0/8`, `2001:db8::/32`. */
export function isIpRange(value: unknown): boolean {
  const [, address = '', prefix] =
    (typeof value === 'string' && /^([0-9A-Fa-f.:]+)(?:\/(\d{1,3}))?$/.exec(value)) || [];
  const family = isIP(address);
  return family !== 0 && (prefix === undefined || Number(prefix) <= (family === 4 ? 32 : 128));
}

const isMetadata = (value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  Object.keys(value).length <= 32 &&
  Object.entries(value).every(([name, text]) => isPlainText(name, 64) && name !== '' && isPlainText(text, 512));

const isPlainText = (value: unknown, length: number): boolean =>
  typeof value === 'string' && value.length <= length && !/[\p{Cc}\p{Surrogate}]/u.test(value);

const areThresholds = (value: unknown): boolean =>
  Array.isArray(value) &&
  new Set(value).size === value.length &&
  value.every((one) => Number.isInteger(one) && one >= 1 && one <= 1_000);

export function hasControlCharacter(text: string): boolean {
  return /\p{Cc}/u.test(text);
}

const decorator =
  (name: string, validate: (value: unknown) => boolean) =>
  (options?: ValidationOptions): PropertyDecorator =>
    ValidateBy({ name, validator: { validate } }, options);

/** Values of any shape, which the options' reader has made plain. */
export const IsSettings = decorator('isSettings', (value) => typeof value === 'object' && value !== null);
export const IsName = decorator('isName', isName);
export const IsModelName = decorator('isModelName', isModelName);
/** Names of the models that may be used, `*` for all. */
export const IsModelList = (): PropertyDecorator =>
  applyDecorators(IsModelName({ each: true }), ArrayUnique(), ArrayMaxSize(1_000), ArrayMinSize(1), IsArray());
export const IsCredential = decorator('isCredential', isCredential);
export const IsRedisUrl = decorator('isRedisUrl', isRedisUrl);
export const IsHost = decorator('isHost', isHost);
export const IsBaseUrl = decorator('isBaseUrl', (value) => baseUrlProblem(value) === undefined);
export const IsAmount = decorator('isAmount', isAmount);
export const IsDay = decorator('isDay', isDay);
export const IsTimeZone = decorator('isTimeZone', isTimeZone);
export const IsWebhookUrl = decorator('isWebhookUrl', isWebhookUrl);
export const IsIpRange = decorator('isIpRange', isIpRange);
export const IsMetadata = decorator('isMetadata', isMetadata);
export const IsThresholds = decorator('isThresholds', areThresholds);
