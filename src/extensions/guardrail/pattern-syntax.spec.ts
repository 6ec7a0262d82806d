import { describe, expect, it } from 'vitest';
import { PatternAutomaton } from './pattern-automaton.js';
import { parsePattern, PatternError } from './pattern-syntax.js';
import { TextFilter } from './text-filter.js';
import { TextRules } from './text-rules.js';

function found(source: string, text: string, ignoreCase = false): string[] {
  const rules = new TextRules([{ kind: 'k', pattern: parsePattern(source, ignoreCase), replacement: '' }]);
  const matches: string[] = [];
  const filter = new TextFilter(rules, (_rule, match) => {
    matches.push(match);
    return match;
  });
  expect(filter.push(text) + filter.end()).toBe(text);
  return matches;
}

describe('parsePattern', () => {
  it.each([
    ['a.c', 'abc a\nc', ['abc']],
    ['[a-c]+', 'xabcx', ['abc']],
    ['[^a-c\\s]+', 'ab xy', ['xy']],
    ['[a\\]-]+', 'x]-a', [']-a']],
    ['[\\d.-]+', 'v1.2-3', ['1.2-3']],
    ['\\w{2,3}', 'a ab abcd', ['ab', 'abc']],
    ['(?:ab|cd){2}', 'abcd ab', ['abcd']],
    ['(a)(b)?', 'ab a', ['ab', 'a']],
    ['a{2,}', 'a aa aaa', ['aa', 'aaa']],
    ['\\$\\{x\\}', 'y${x}', ['${x}']],
    ['\\x41\\u00e9\\t', 'Aé\t', ['Aé\t']],
    ['😀+', '😀😀', ['😀😀']],
    ['\\bcat\\b', 'cat cats', ['cat']],
    ['^a', 'aa', ['a']],
    ['a$', 'aa', ['a']],
    ['a\\\\$', 'a\\', ['a\\']],
    ['x\\$', 'x$', ['x$']],
    ['x\\\\b', 'x\\b', ['x\\b']],
    ['((?:a|b)?c){0,2}d', 'acbcd', ['acbcd']],
  ])('%s in %j', (source, text, matches) => {
    expect(found(source, text)).toEqual(matches);
  });

  it.each([
    ['falcon', 'FaLCoN', ['FaLCoN']],
    ['[a-z]+', 'ABc', ['ABc']],
    ['größe', 'GRÖßE', ['GRÖßE']],
  ])('%s in %j, whatever the case', (source, text, matches) => {
    expect(found(source, text, true)).toEqual(matches);
  });

  it.each([
    ['(a', 'does not end'],
    ['a)', 'not open'],
    ['[a', 'does not end'],
    ['[z-a]', 'range'],
    ['[😀]', 'emoji'],
    ['*a', 'repeats nothing'],
    ['a{,3}', 'repeats nothing'],
    ['a{3,2}', 'repeats too often'],
    ['a{999}', 'repeats too often'],
    ['a.*?b', 'lazy'],
    ['(?=a)b', 'looks ahead'],
    ['(?<!a)b', 'looks ahead'],
    ['(?<name>a)', 'names a group'],
    ['(a)\\1', '\\1, which is not known'],
    ['\\p{L}', '\\p, which is not known'],
    ['a\\', 'ends with a \\'],
    ['\\xZZ', 'without its digits'],
    ['a^b', 'elsewhere than at its ends'],
    ['a$b', 'elsewhere than at its ends'],
    ['^a|b', 'one alternative alone'],
  ])('%s is refused, with what is the matter', (source, problem) => {
    expect(() => parsePattern(source)).toThrow(PatternError);
    expect(() => parsePattern(source)).toThrow(problem);
  });

  it.each(['a*', '(a|b?)', '(?:)', 'a{0,3}'])('%s matches nothing at all, and is refused', (source) => {
    expect(() => new PatternAutomaton([parsePattern(source).node])).toThrow('matches even where there is nothing');
  });

  it('is refused where it is too large', () => {
    expect(() => new PatternAutomaton([parsePattern('((a{100}){100}){100}').node])).toThrow('too large');
  });
});
