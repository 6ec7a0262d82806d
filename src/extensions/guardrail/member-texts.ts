import { isObject } from '../../protocol/json.js';

/** `json`: the text is JSON, and must stay so. */
export type TextForm = 'text' | 'json';

/** Where a text stands: names of members, and of lists the `index` that an item says it has, or its place. */
export type TextPath = readonly (string | number)[];

/** Is given each text, and returns what stands in its place. */
export type MapText = (text: string, form: TextForm, path: TextPath) => string;

/** Goes through the texts of a value. What it returns is the same value where none was replaced, otherwise a copy. */
export type Walk = (value: unknown, map: MapText, path: TextPath) => unknown;

const text =
  (form: TextForm): Walk =>
  (value, map, path) =>
    typeof value === 'string' && value !== '' ? map(value, form, path) : value;

export const TEXT = text('text');
export const JSON_TEXT = text('json');

export function listOf(walk: Walk): Walk {
  return (value, map, path) => {
    if (!Array.isArray(value)) return value;
    const items = value as readonly unknown[];
    const walked = items.map((item, place) => {
      const index = isObject(item) && typeof item.index === 'number' ? item.index : place;
      return walk(item, map, [...path, index]);
    });
    return walked.some((item, place) => item !== items[place]) ? walked : value;
  };
}

export function members(walks: Readonly<Record<string, Walk>>): Walk {
  const entries = Object.entries(walks);
  return (value, map, path) => {
    if (!isObject(value)) return value;
    let copy: Record<string, unknown> | undefined;
    for (const [name, walk] of entries) {
      const before = value[name];
      if (before === undefined || before === null) continue;
      const after = walk(before, map, [...path, name]);
      if (after !== before) (copy ??= { ...value })[name] = after;
    }
    return copy ?? value;
  };
}

/** What may be of several kinds: each passes over those that it is not for. */
export function anyOf(...walks: readonly Walk[]): Walk {
  return (value, map, path) => walks.reduce((current, walk) => walk(current, map, path), value);
}

/** Every string, however deep. */
export const EVERY_TEXT: Walk = (value, map, path) => {
  if (isObject(value)) {
    return members(Object.fromEntries(Object.keys(value).map((name) => [name, EVERY_TEXT])))(value, map, path);
  }
  return anyOf(TEXT, listOf(EVERY_TEXT))(value, map, path);
};
