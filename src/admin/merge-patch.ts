import { isObject } from '../protocol/json.js';

/**
 * What a JSON merge patch makes of a value: members of `null` go, objects are merged, anything else is put in place.
 * @see https://www.rfc-editor.org/rfc/rfc7396
 */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const members = new Map(Object.entries(isObject(target) ? target : {}));
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) members.delete(name);
    else members.set(name, mergePatch(members.get(name), value));
  }
  // Makes own members of all names, `__proto__` among them.
  return Object.fromEntries(members);
}
