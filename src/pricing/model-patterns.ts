import { nameForms } from '../catalogue/model-names.js';

/**
 * The names of one model as the catalogue writes them, apart by spaces: `gpt-4o` is that name, `gpt-4o-audio*` what starts
 * so, `*haiku` what ends so, `*haiku*` what holds it, `/^o\d$/` an expression; `a*&/b/` is what both fit.
 */
export type ModelPatterns = string;

export type NameTest = (name: string) => boolean;

/** @param patterns in lower case. */
export function testOf(patterns: ModelPatterns): NameTest {
  const all = patterns.split(' ');
  const names = new Set(all.filter((pattern) => !/[*&]|^\/.*\/$/.test(pattern)));
  const others = all.filter((pattern) => !names.has(pattern)).map((pattern) => allOf(pattern.split('&').map(single)));
  return (name) => names.has(name) || others.some((test) => test(name));
}

/** The forms in which a model is looked for, the most exact first. */
export function pricedForms(model: string): string[] {
  const whole = withDashes(model.toLowerCase());
  // A model fine-tuned from another has a price of its own.
  return whole.startsWith('ft:') ? [whole] : [whole, ...nameForms(model).filter((form) => form !== whole)];
}

/** As `nameForms` has it: some write `claude-3.5-sonnet`, others `claude-3-5-sonnet`. */
function withDashes(name: string): string {
  return name.includes('claude') ? name.replace(/(?<=\d)\.(?=\d)/g, '-') : name;
}

function allOf(tests: readonly NameTest[]): NameTest {
  return (name) => tests.every((test) => test(name));
}

function single(pattern: string): NameTest {
  if (pattern.startsWith('/')) {
    const expression = new RegExp(pattern.slice(1, -1));
    return (name) => expression.test(name);
  }
  const text = pattern.replaceAll('*', '');
  const [opens, closes] = [pattern.startsWith('*'), pattern.endsWith('*')];
  if (opens && closes) return (name) => name.includes(text);
  if (opens) return (name) => name.endsWith(text);
  return closes ? (name) => name.startsWith(text) : (name) => name === text;
}
