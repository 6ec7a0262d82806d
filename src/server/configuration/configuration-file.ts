import { readFileSync, statSync } from 'node:fs';
import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, type Document } from 'yaml';
import { pathKey, type SettingPath, type SettingProblem } from '../../config/setting-path.js';
import { settingAt } from '../../config/setting-shape.js';
import { ConfigurationError } from '../../errors/configuration-error.js';
import { expandVariables, type Environment } from './expand-variables.js';
import { yamlProblems } from './yaml-problems.js';

const MAX_BYTES = 1_048_576;
const MAX_DEPTH = 16;
// Anchors can make a short file very long.
const MAX_NODES = 20_000;

/** What a configuration file says, with the environment's values put in. Not validated yet. */
export interface ConfigurationFile {
  readonly value: unknown;
  /** Variables that are not set, and the like. */
  readonly problems: readonly SettingProblem[];
  /** The line on which a setting stands, from 1. */
  locate(path: SettingPath): number | undefined;
}

/**
 * @param path of the file.
 * @param shownAs what people call it in messages.
 * @throws ConfigurationError where it cannot be read.
 */
export function readConfigurationFile(path: string, shownAs: string, environment: Environment): ConfigurationFile {
  return parseConfiguration(readText(path, shownAs), shownAs, environment);
}

/** @throws ConfigurationError where it is not YAML. */
export function parseConfiguration(text: string, shownAs: string, environment: Environment): ConfigurationFile {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, stringKeys: true, uniqueKeys: true });
  const [first, ...others] = yamlProblems([...document.errors, ...document.warnings], lines, shownAs);
  if (first !== undefined) throw ConfigurationError.of([first, ...others]);
  const reader = new DocumentReader(document, lines, environment, shownAs);
  const value = reader.read(document.contents, []);
  return { value, problems: reader.problems, locate: (path) => reader.lines.get(pathKey(path)) };
}

function readText(path: string, shownAs: string): string {
  let bytes: Buffer;
  try {
    const found = statSync(path);
    // Reading a device may never end. A FIFO is what a shell makes of <(command).
    if (!found.isFile() && !found.isFIFO()) throw unreadable(shownAs, 'is not a file', 'name the file itself');
    if (found.size > MAX_BYTES) throw unreadable(shownAs, 'is larger than 1 MiB', 'is it the right file?');
    bytes = readFileSync(path);
  } catch (error) {
    if (error instanceof ConfigurationError) throw error;
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    throw unreadable(shownAs, `cannot be read (${code})`, REMEDIES[code] ?? 'look at the file and its permissions');
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw unreadable(shownAs, 'is not UTF-8', 'save it in UTF-8');
  }
}

const REMEDIES: Readonly<Record<string, string>> = {
  EACCES: 'let the user that runs the gateway read it',
  ENOENT: 'correct NESTGATE_CONFIG, or make the file',
};

function unreadable(shownAs: string, problem: string, remedy: string): ConfigurationError {
  return new ConfigurationError('the file', problem, remedy, shownAs);
}

/** Makes plain values of a YAML document, and remembers the line of each. */
class DocumentReader {
  readonly lines = new Map<string, number>();
  readonly problems: SettingProblem[] = [];
  private nodes = 0;

  constructor(
    private readonly document: Document.Parsed,
    private readonly lineCounter: LineCounter,
    private readonly environment: Environment,
    private readonly file: string,
  ) {}

  read(node: unknown, path: SettingPath): unknown {
    this.nodes++;
    if (this.nodes > MAX_NODES || path.length > MAX_DEPTH) {
      throw unreadable(this.file, 'is nested too deeply, or too long with its anchors', 'write it out flat');
    }
    this.remember(path, node);
    if (isScalar(node)) return typeof node.value === 'string' ? this.text(node.value, path) : node.value;
    if (isSeq(node)) return node.items.map((item, index) => this.read(item, [...path, index]));
    if (isMap(node)) {
      const entries = node.items.map(({ key, value }) => {
        const name = isScalar(key) ? String(key.value) : '';
        const entryPath = [...path, name];
        this.remember(entryPath, key);
        return [name, this.read(value, entryPath)] as const;
      });
      // Unlike an assignment, this makes `__proto__` a name like any other.
      return Object.fromEntries(entries);
    }
    if (isAlias(node)) {
      const target = node.resolve(this.document);
      if (target !== undefined) return this.read(target, path);
      this.problems.push({
        path,
        problem: 'refers to a YAML anchor that is not defined before it',
        remedy: 'define the anchor with &, or put the value in quotes',
      });
    }
    return null;
  }

  private text(source: string, path: SettingPath): unknown {
    const { text, isWhole, problems } = expandVariables(source, this.environment);
    this.problems.push(...problems.map((problem) => ({ path, ...problem })));
    const type = isWhole ? settingAt(path)?.type : undefined;
    if (type === 'number' && /^-?\d+(?:\.\d+)?$/.test(text)) return Number(text);
    if (type === 'flag' && (text === 'true' || text === 'false')) return text === 'true';
    return text;
  }

  /** The first node at a path stays: the name of a setting before its value, the use of an anchor before its definition. */
  private remember(path: SettingPath, node: unknown): void {
    const key = pathKey(path);
    if (this.lines.has(key) || typeof node !== 'object' || node === null || !('range' in node)) return;
    const [start]: unknown[] = Array.isArray(node.range) ? node.range : [];
    if (typeof start === 'number') this.lines.set(key, this.lineCounter.linePos(start).line);
  }
}
