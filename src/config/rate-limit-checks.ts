import { type ModelLimitsOptions } from '../rate-limit.options.js';
import { quoted, type SettingPath, type SettingProblem } from './setting-path.js';

/** @param unknown what is the matter with a name that no model has; `undefined` for one that a model may have. */
export function checkModelLimits(
  models: readonly Partial<ModelLimitsOptions>[],
  path: SettingPath,
  isAlias: (name: string) => boolean,
  unknown: (path: SettingPath, model: string) => SettingProblem | undefined,
): SettingProblem[] {
  const seen = new Set<string>();
  return models.flatMap(({ model }, index): SettingProblem[] => {
    if (model === undefined) return [];
    const at = [...path, 'models', index, 'model'];
    if (isAlias(model)) {
      const remedy = 'name the model that it stands for';
      return [{ path: at, problem: `names the alias ${quoted(model)}, and limits are those of models`, remedy }];
    }
    if (seen.has(model)) {
      return [{ path: at, problem: `names ${quoted(model)} once more`, remedy: 'write its limits into one entry' }];
    }
    seen.add(model);
    const problem = unknown(at, model);
    return problem === undefined ? [] : [problem];
  });
}
