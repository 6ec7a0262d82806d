import { OptionsReader } from './options-reader.js';
import { checkSettings } from './setting-checks.js';
import { pathKey, type SettingProblem } from './setting-path.js';
import { type OptionsClass } from './setting-shape.js';

export interface ReadSettings {
  /** Plain values of the right types; to be used where there are no problems. */
  readonly settings: Record<string, unknown>;
  readonly problems: readonly SettingProblem[];
}

/** Reads settings of one options class, from wherever they come, and checks each of them by itself. */
export function readSettings(input: unknown, options: OptionsClass): ReadSettings {
  const reader = new OptionsReader();
  const settings = reader.read(input, options);
  const { problems } = reader;
  return { settings, problems: [...problems, ...checkSettings(settings, options).filter(notWithin(problems))] };
}

/** Keeps a problem that is neither at nor below the place of a known one. */
export function notWithin(known: readonly SettingProblem[]): (problem: SettingProblem) => boolean {
  const broken = new Set(known.map(({ path }) => pathKey(path)));
  return ({ path }) => !path.some((_, end) => broken.has(pathKey(path.slice(0, end + 1))));
}
