import { readSettings } from '../config/read-settings.js';
import { formatPath, type SettingProblem } from '../config/setting-path.js';
import { type OptionsClass, shapeOf } from '../config/setting-shape.js';
import { type ErrorCode } from '../errors/error-codes.js';
import { GatewayError } from '../errors/gateway-error.js';
import { mergePatch } from './merge-patch.js';

const CODES: Readonly<Record<NonNullable<SettingProblem['fault']>, ErrorCode>> = {
  unknown: 'unknown_parameter',
  type: 'invalid_type',
  missing: 'missing_required_parameter',
};

/** Of several mistakes the one that is told: what is not known at all before what is wrong, that before what is missing. */
const RANKS: readonly SettingProblem['fault'][] = ['unknown', 'type', undefined, 'missing'];

const MAX_PARAM_LENGTH = 128;

/**
 * What a merge patch makes of settings, as the class describes them.
 * @throws GatewayError that names the field at fault, and never holds what it was given.
 */
export function patched<Body extends object>(current: object, patch: object, body: new () => Body): Body {
  const known = shapeOf(body);
  // Also where it is to be cleared: whoever has mistyped a name shall know.
  const unknown = Object.keys(patch).find((name) => !known.has(name));
  if (unknown !== undefined)
    throw new GatewayError('unknown_parameter', { message: 'There is no such field.', param: cut(unknown) });
  return readBody(mergePatch(current, patch), body);
}

/** @throws GatewayError */
export function readBody<Body extends object>(input: unknown, body: OptionsClass & (new () => Body)): Body {
  const { settings, problems } = readSettings(input, body);
  refuse(problems);
  // As the validators have found.
  return settings as Body;
}

/** @throws GatewayError where there is a problem. */
export function refuse(problems: readonly SettingProblem[]): void {
  const [first] = problems.toSorted((a, b) => RANKS.indexOf(a.fault) - RANKS.indexOf(b.fault));
  if (first === undefined) return;
  const { fault, path, problem, remedy } = first;
  const param = cut(formatPath(path));
  const message = fault === 'unknown' ? 'There is no such field.' : `${param} ${problem}: ${remedy}.`;
  throw new GatewayError(fault === undefined ? 'invalid_value' : CODES[fault], { message, param });
}

function cut(name: string): string {
  return name.slice(0, MAX_PARAM_LENGTH);
}
