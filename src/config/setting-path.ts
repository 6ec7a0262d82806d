/** Where a setting stands in the options: `['providers', 1, 'baseUrl']`. */
export type SettingPath = readonly (string | number)[];

/** A setting that is missing or wrong, before its place in a file is known. */
export interface SettingProblem {
  readonly path: SettingPath;
  /** What is the matter: “is missing”. Never holds a secret. */
  readonly problem: string;
  readonly remedy: string;
  /** Which mistake it is, for whoever answers each with a code of its own. */
  readonly fault?: 'type' | 'unknown' | 'missing' | undefined;
  /** The setting as it might be written in YAML. */
  readonly example?: string | undefined;
}

const PLAIN_NAME = /^[A-Za-z_$][\w$-]*$/;
const MAX_NAME_LENGTH = 80;

/** As people read it: `providers[1].baseUrl`. */
export function formatPath(path: SettingPath): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`;
    else if (!PLAIN_NAME.test(step) || step.length > MAX_NAME_LENGTH) text += `[${quoted(step)}]`;
    else text += text === '' ? step : `.${step}`;
  }
  return text === '' ? 'the configuration' : text;
}

/** In quotes, shortened, and with nothing in it that a terminal would obey. */
export function quoted(text: string): string {
  const short = text.length > MAX_NAME_LENGTH ? `${text.slice(0, MAX_NAME_LENGTH)}…` : text;
  return JSON.stringify(short).replace(
    /[\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** A path as the key of a map. */
export function pathKey(path: SettingPath): string {
  return JSON.stringify(path);
}
