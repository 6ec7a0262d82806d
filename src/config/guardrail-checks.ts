import { type GuardrailOptions } from '../guardrail.options.js';
import { type KeyOptions } from '../key.options.js';
import { nearestName } from './nearest-name.js';
import { quoted, type SettingPath, type SettingProblem } from './setting-path.js';

type Setting = keyof GuardrailOptions;

/** The settings that only some kinds of guardrail have. */
const BELONGS_TO: Partial<Record<Setting, readonly string[]>> = {
  patterns: ['pattern'],
  ignoreCase: ['pattern'],
  replacement: ['pattern'],
  personalData: ['personal-data'],
  url: ['webhook'],
  secret: ['webhook'],
  timeout: ['webhook', 'moderation'],
  onFailure: ['webhook', 'moderation'],
  model: ['moderation'],
  categories: ['moderation'],
  threshold: ['moderation'],
};

const NEEDED: Readonly<Record<GuardrailOptions['kind'], readonly Setting[]>> = {
  pattern: ['patterns'],
  'personal-data': [],
  webhook: ['url', 'secret'],
  moderation: ['model'],
};

/** Checks what the settings of guardrails mean to one another, and what keys say of them. */
export function checkGuardrails(
  guardrails: readonly Partial<GuardrailOptions>[],
  keys: readonly Partial<KeyOptions>[],
): SettingProblem[] {
  const names = guardrails.flatMap(({ name }) => name ?? []);
  return [
    ...guardrails.flatMap((guardrail, index) => checkGuardrail(guardrail, ['guardrails', index])),
    ...keys.flatMap(({ guardrails: named = [] }, key) =>
      named.flatMap((name, index) => checkName(name, ['keys', key, 'guardrails', index], names)),
    ),
  ];
}

function checkGuardrail(guardrail: Partial<GuardrailOptions>, path: SettingPath): SettingProblem[] {
  const { kind, action } = guardrail;
  if (kind === undefined) return [];
  const problems = (NEEDED[kind] ?? [])
    .filter((setting) => guardrail[setting] === undefined)
    .map((setting) => ({
      path: [...path, setting],
      problem: `is missing: a guardrail of kind ${kind} needs it`,
      remedy: 'add it',
    }));
  const strangers = Object.entries(BELONGS_TO)
    .filter(([setting, kinds]) => guardrail[setting as Setting] !== undefined && !kinds.includes(kind))
    .map(([setting, kinds]) => ({
      path: [...path, setting],
      problem: `means nothing to a guardrail of kind ${kind}`,
      remedy: `take it out, or set kind: ${kinds.join(' or ')}`,
    }));
  if (action !== 'mask' || kind === 'pattern' || kind === 'personal-data') return [...problems, ...strangers];
  const problem =
    kind === 'webhook' ? 'is not for you to say: the webhook masks or refuses' : 'cannot be done by a moderation model';
  return [...problems, ...strangers, { path: [...path, 'action'], problem, remedy: 'write refuse or warn' }];
}

function checkName(name: string, path: SettingPath, names: readonly string[]): SettingProblem[] {
  if (names.includes(name)) return [];
  const meant = nearestName(name, names);
  const remedy = meant === undefined ? 'add it to guardrails' : `did you mean ${quoted(meant)}?`;
  return [{ path, problem: `names the guardrail ${quoted(name)}, which is not there`, remedy }];
}
