import { type ErrorCode, type LineCounter, type YAMLError } from 'yaml';
import { type ConfigurationProblem } from '../../errors/configuration-error.js';

type Told = readonly [problem: string, remedy: string];

const QUOTE = 'put the value in quotes: a ${…} inside [ ] or { } needs them, and so does text with ": " or " #" in it';

// In place of the parser's own messages, which may repeat what stands in the file.
const TOLD: Partial<Record<ErrorCode, Told>> = {
  BAD_ALIAS: ['has a YAML alias without a name', 'name the anchor after the *, or put the value in quotes'],
  BAD_DQ_ESCAPE: ['has an unknown escape in double quotes', 'use single quotes, or \\\\ for a backslash'],
  BAD_INDENT: ['is indented in a way that has no meaning', 'give settings of the same section the same indent'],
  BAD_SCALAR_START: ['has a value that starts with a character YAML keeps for itself', 'put the value in quotes'],
  BLOCK_AS_IMPLICIT_KEY: ['has a second ": " in one line', QUOTE],
  DUPLICATE_KEY: ['has a setting that stands in the same section already', 'keep one of them'],
  MISSING_CHAR: ['lacks a comma, a colon, a bracket or a quote', QUOTE],
  MULTILINE_IMPLICIT_KEY: ['lacks a ":" after the name of a setting', 'write name: value'],
  MULTIPLE_DOCS: ['starts a second YAML document', 'take the --- out: the file holds one'],
  NON_STRING_KEY: ['has a name that is not text', 'write names of settings plainly'],
  TAB_AS_INDENT: ['is indented with a tab', 'use spaces'],
  TAG_RESOLVE_FAILED: ['has a YAML tag that is not known', 'take the word with ! out, or put the value in quotes'],
  UNEXPECTED_TOKEN: ['has something that does not belong there', QUOTE],
};

const OTHERWISE: Told = ['is not valid YAML', 'look at this line and the one before'];

/** What the parser found, by line, without what stands in the file. */
export function yamlProblems(errors: readonly YAMLError[], lines: LineCounter, file: string): ConfigurationProblem[] {
  const byLine = new Map<number, ConfigurationProblem>();
  for (const { code, pos } of errors) {
    const { line } = lines.linePos(pos[0]);
    const [problem, remedy] = TOLD[code] ?? OTHERWISE;
    // One slip makes the parser stumble several times over the same line.
    if (!byLine.has(line)) byLine.set(line, { file: `${file}:${line}`, path: 'the line', problem, remedy });
  }
  return [...byLine.values()];
}
