import { plainToInstance } from 'class-transformer';
import { getMetadataStorage, validateSync, type ValidationError } from 'class-validator';
import { GatewayOptions } from '../gateway.options.js';
import { exampleOf } from './example.decorator.js';
import { nearestName } from './nearest-name.js';
import { type SettingPath, type SettingProblem } from './setting-path.js';
import { shapeOf, type OptionsClass } from './setting-shape.js';
import { baseUrlProblem } from './setting.validators.js';

interface Failure {
  readonly value: unknown;
  /** Of the validator, as its decorator was given them. */
  readonly limits: readonly unknown[];
}

type Wording = (failure: Failure) => readonly [problem: string, remedy: string];

// In place of class-validator's own messages, which repeat values and name no remedy.
const WORDING: Readonly<Record<string, Wording>> = {
  isNotEmpty: () => ['is empty', 'give it a value, or take it out'],
  isInt: () => ['is not a whole number', 'write a whole number without quotes'],
  min: ({ value, limits }) => [`is ${String(value)}, too small`, `write ${String(limits[0])} or more`],
  max: ({ value, limits }) => [`is ${String(value)}, too large`, `write ${String(limits[0])} or less`],
  minLength: ({ limits }) => ['is too short', `use ${String(limits[0])} characters or more`],
  maxLength: ({ limits }) => ['is too long', `use ${String(limits[0])} characters or fewer`],
  arrayMinSize: () => ['is an empty list', 'name at least one, or take it out'],
  arrayUnique: () => ['names the same thing twice', 'name each once'],
  isName: () => [
    'is not a usable name',
    'use 1 to 64 letters, digits, ".", "_" or "-", starting with a letter or digit, and no name that JavaScript keeps for itself',
  ],
  isModelName: () => [
    'is not a usable name of a model',
    'use 1 to 256 characters without spaces around them or control characters among them',
  ],
  isCredential: () => [
    'holds characters that no key has',
    'look for spaces, line breaks and letters beyond ASCII: a file read into a variable often ends with a line break',
  ],
  isHost: () => ['is not a host', 'write a name or an address in lower case, with :port behind it or without'],
  isRedisUrl: () => [
    'is not a URL of a Redis',
    'set it to redis://user:password@host:6379, or rediss:// for TLS, with special characters of the password percent-encoded',
  ],
  isAmount: () => [
    'is not an amount',
    'write a decimal number that is not below zero, with 12 digits after the point at most',
  ],
  isDay: () => ['is not a day', 'write a day as year-month-day, or a time with its zone'],
  isTimeZone: () => ['is not a known time zone', 'use a name of the IANA database'],
  isWebhookUrl: () => ['is not an http(s) URL', 'write http:// or https:// and the host, without user and password'],
  isIpRange: () => ['is not a range of IP addresses', 'write an address, or one with the length of its prefix'],
  isMetadata: () => [
    'is too much, or holds what cannot be kept',
    'write 32 entries at most, with names of 64 characters and values of 512, without control characters',
  ],
  isThresholds: () => ['is not a list of percentages', 'write whole numbers from 1 to 1000, each once'],
  arrayMaxSize: ({ limits }) => ['is too long a list', `name ${String(limits[0])} at most`],
  isBaseUrl: ({ value }) => [
    baseUrlProblem(value) ?? 'is not an http(s) URL',
    'put credentials into apiKey or headers, and write only http:// or https://, the host, and a path if there is one',
  ],
};

/**
 * Checks each setting by itself, with the validators of the options classes.
 * @param owner whose settings they are.
 */
export function checkSettings(
  options: Record<string, unknown>,
  owner: OptionsClass = GatewayOptions,
): SettingProblem[] {
  const errors = validateSync(plainToInstance(owner, options), {
    whitelist: true,
    forbidNonWhitelisted: true,
    forbidUnknownValues: true,
    stopAtFirstError: false,
  });
  return errors.flatMap((error) => problemsOf(error, []));
}

function problemsOf(error: ValidationError, parent: SettingPath): SettingProblem[] {
  const isIndex = Array.isArray(error.target);
  const path = [...parent, isIndex ? Number(error.property) : error.property];
  const children = (error.children ?? []).flatMap((child) => problemsOf(child, path));
  const failed = Object.entries(error.constraints ?? {});
  if (failed.length === 0) return children;
  const owner: unknown = error.target?.constructor;
  if (typeof owner !== 'function' || isIndex) return children;
  const options = owner as OptionsClass;
  if (failed.some(([name]) => name === 'whitelistValidation')) return [unknownSetting(path, options), ...children];
  const value = exampleOf(options.prototype, error.property);
  const example = value === undefined ? undefined : `${error.property}: ${value}`;
  if (error.value === undefined) {
    return [{ path, problem: 'is missing', remedy: 'add it', example, fault: 'missing' }, ...children];
  }
  const problems = failed.map(([name, message]): SettingProblem => {
    const limits = limitsOf(options, error.property, name);
    if (name === 'isIn') return notAllowed(path, error.value, limits);
    const [problem, remedy] = WORDING[name]?.({ value: error.value, limits }) ?? ['is not valid', message];
    return { path, problem, remedy, example };
  });
  return [...problems, ...children];
}

function unknownSetting(path: SettingPath, options: OptionsClass): SettingProblem {
  const known = [...shapeOf(options).keys()];
  const meant = nearestName(String(path.at(-1)), known);
  const remedy = meant === undefined ? `take it out, or use one of: ${known.join(', ')}` : `did you mean ${meant}?`;
  return { path, problem: 'is not a setting', remedy, fault: 'unknown' };
}

function notAllowed(path: SettingPath, value: unknown, limits: readonly unknown[]): SettingProblem {
  const allowed = (Array.isArray(limits[0]) ? limits[0] : []).map(String);
  const meant = nearestName(String(value), allowed);
  const question = meant === undefined ? '' : ` (did you mean ${meant}?)`;
  return { path, problem: 'is not one of the allowed values', remedy: `write ${allowed.join(' or ')}${question}` };
}

function limitsOf(options: OptionsClass, property: string, validator: string): readonly unknown[] {
  const metadata = getMetadataStorage().getTargetValidationMetadatas(options, '', true, false);
  return metadata.find(({ propertyName, name }) => propertyName === property && name === validator)?.constraints ?? [];
}
