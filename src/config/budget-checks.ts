import { type BudgetOptions } from '../budget.options.js';
import { type KeyOptions } from '../key.options.js';
import { isName } from './setting.validators.js';
import { quoted, type SettingPath, type SettingProblem } from './setting-path.js';

/** What budgets mean to one another, and to whom they are. */
export function checkBudgets(
  budgets: readonly Partial<BudgetOptions>[],
  keys: readonly Partial<KeyOptions>[],
): SettingProblem[] {
  return [
    ...repeatedNames(budgets, ['budgets']),
    ...budgets.flatMap((budget, index) => checkSubject(budget, ['budgets', index, 'subject'])),
    ...keys.flatMap((key, index) => repeatedNames(key.budgets ?? [], ['keys', index, 'budgets'])),
  ];
}

function repeatedNames(budgets: readonly Partial<BudgetOptions>[], path: SettingPath): SettingProblem[] {
  const seen = new Set<string>();
  return budgets.flatMap(({ name }, index) => {
    if (name === undefined || !seen.has(name)) {
      if (name !== undefined) seen.add(name);
      return [];
    }
    const problem = `is taken: another budget is called ${quoted(name)} already`;
    return [{ path: [...path, index, 'name'], problem, remedy: 'rename one of them: they would share what is spent' }];
  });
}

function checkSubject({ for: kind, subject }: Partial<BudgetOptions>, path: SettingPath): SettingProblem[] {
  if (subject === undefined) return [];
  if (kind === 'everyone') {
    return [{ path, problem: 'names one of a budget that is for everyone', remedy: 'take it out' }];
  }
  if ((kind === 'team' || kind === 'organization') && !isName(subject)) {
    return [
      { path, problem: `is no name that a ${kind} can have`, remedy: `write the name that keys give as ${kind}` },
    ];
  }
  return [];
}
