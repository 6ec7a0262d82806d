import { GatewayOptions } from '../gateway.options.js';
import { exampleOf } from './example.decorator.js';
import { quoted, type SettingPath, type SettingProblem } from './setting-path.js';
import { isReservedName } from './setting.validators.js';
import { shapeOf, type OptionsClass, type SettingShape } from './setting-shape.js';

type Section = Record<string, unknown>;

const REMEDY_BY_TYPE: Record<SettingShape['type'], string> = {
  text: 'write text, in quotes where it looks like a number',
  number: 'write a whole number without quotes',
  amount: 'write a decimal number, in quotes or without',
  flag: 'write true or false',
  texts: 'write a list',
  numbers: 'write a list of numbers',
  map: 'write names with their values',
  free: 'write settings with their values',
  section: 'write settings with their values',
  sections: 'write a list',
};

const EXPECTED_BY_TYPE: Record<SettingShape['type'], string> = {
  text: 'is not text',
  number: 'is not a number',
  amount: 'is not a number',
  flag: 'is not true or false',
  texts: 'is not a list',
  numbers: 'is not a list',
  map: 'is not a map of names to values',
  free: 'is not a map of settings',
  section: 'is not a map of settings',
  sections: 'is not a list',
};

/**
 * Copies options of unknown origin into plain values of the right types, the only ones that validators see: getters are
 * read once, prototypes, cycles and exotic objects stay behind. What is of the wrong type is left out and reported.
 */
export class OptionsReader {
  readonly problems: SettingProblem[] = [];

  /** @param options whose settings they are. */
  read(input: unknown, options: OptionsClass = GatewayOptions): Section {
    if (input === null || input === undefined) return {};
    return this.section(input, options, []) ?? {};
  }

  private section(input: unknown, options: OptionsClass, path: SettingPath): Section | undefined {
    if (!isPlain(input)) {
      const { prototype } = options;
      const required = [...shapeOf(options).keys()].slice(0, 2);
      const example = required.map((name) => `${name}: ${exampleOf(prototype, name) ?? '…'}`).join(', ');
      this.reportType(path, 'section', `{ ${example} }`);
      return undefined;
    }
    const shape = shapeOf(options);
    const copy: Section = {};
    for (const name of Object.keys(input)) {
      const value = input[name];
      const setting = shape.get(name);
      const settingPath = [...path, name];
      if (isReservedName(name)) this.reportReserved(settingPath);
      // Left to the whitelist of the validators. The value does not matter, and may be anything.
      else if (setting === undefined) copy[name] = true;
      else if (value !== undefined) copy[name] = this.setting(value, setting, settingPath, options);
    }
    return copy;
  }

  private setting(value: unknown, setting: SettingShape, path: SettingPath, owner: OptionsClass): unknown {
    const { type } = setting;
    // `providers:` with everything under it commented out.
    if (value === null && !(type in SCALARS)) return undefined;
    switch (type) {
      case 'section':
        return this.section(value, setting.section, path);
      case 'sections':
        if (!Array.isArray(value)) break;
        // `Array.from` visits the holes of sparse arrays too.
        return Array.from(value, (item: unknown, index) => this.item(item, setting.section, [...path, index]));
      case 'texts':
        if (!Array.isArray(value)) break;
        return this.texts(value, path);
      case 'numbers':
        // What is no number among them is for the validators to say.
        if (!Array.isArray(value)) break;
        return Array.from(value, (item: unknown) => (typeof item === 'number' ? item : Number.NaN));
      case 'map':
        if (!isPlain(value)) break;
        return this.map(value, path);
      case 'free':
        if (!isPlain(value)) break;
        return this.free(value, path);
      default:
        if (SCALARS[type].some((scalar) => scalar === typeof value) && !isOdd(value)) return value;
    }
    const name = String(path.at(-1));
    const example = `${name}: ${exampleOf(owner.prototype, name) ?? '…'}`;
    if (value === null) this.report(path, 'has no value', 'take it out, or give it one', example);
    // Of the right type, and no number that anything could have.
    else if (isOdd(value)) this.report(path, EXPECTED_BY_TYPE[type], REMEDY_BY_TYPE[type], example);
    else this.reportType(path, type, example);
    return undefined;
  }

  /** Keeps its place in the list whatever it is, so that paths stay true. */
  private item(item: unknown, options: OptionsClass, path: SettingPath): Section {
    const isName = typeof item === 'string' && path.at(-2) === 'models';
    return this.section(isName ? { name: item } : item, options, path) ?? {};
  }

  private map(input: Section, path: SettingPath): Record<string, string> {
    const copy: Record<string, string> = {};
    for (const name of Object.keys(input)) {
      const entryPath = [...path, name];
      if (isReservedName(name)) {
        this.reportReserved(entryPath);
        continue;
      }
      const value = this.text(input[name], entryPath);
      if (value !== undefined) copy[name] = value;
    }
    return copy;
  }

  /** Settings that only their reader knows: plain values, whatever their names. */
  private free(value: unknown, path: SettingPath): unknown {
    if (path.length > MAX_DEPTH) {
      this.report(path, 'is nested too deeply', 'write it flatter');
      return undefined;
    }
    if (Array.isArray(value)) return Array.from(value, (item: unknown, index) => this.free(item, [...path, index]));
    if (isPlain(value)) {
      const copy: Section = {};
      for (const name of Object.keys(value)) {
        if (isReservedName(name)) this.reportReserved([...path, name]);
        else copy[name] = this.free(value[name], [...path, name]);
      }
      return copy;
    }
    if (value === null || value === undefined || typeof value === 'string' || typeof value === 'boolean') return value;
    if (typeof value === 'number' && Number.isFinite(value)) return value;
    this.report(path, 'is not a plain value', 'write text, a number, true, false, a list or a map');
    return undefined;
  }

  /** Without the list where an item is wrong: what is left of it would have other indexes. */
  private texts(input: readonly unknown[], path: SettingPath): string[] | undefined {
    const texts = Array.from(input, (item, index) => this.text(item, [...path, index])).filter(isPresent);
    return texts.length === input.length ? texts : undefined;
  }

  private text(value: unknown, path: SettingPath): string | undefined {
    if (typeof value === 'string') return value;
    if (value === null || value === undefined) this.report(path, 'has no value', 'give it one, or take it out');
    else this.reportType(path, 'text');
    return undefined;
  }

  private reportReserved(path: SettingPath): void {
    this.report(
      path,
      'is a name that JavaScript keeps for itself',
      `choose another name than ${quoted(String(path.at(-1)))}`,
    );
  }

  private reportType(path: SettingPath, type: SettingShape['type'], example?: string): void {
    const problem = EXPECTED_BY_TYPE[type];
    this.problems.push({ path, problem, remedy: REMEDY_BY_TYPE[type], example, fault: 'type' });
  }

  private report(path: SettingPath, problem: string, remedy: string, example?: string): void {
    this.problems.push({ path, problem, remedy, example });
  }
}

/** How deep settings may be nested that only their reader knows. */
const MAX_DEPTH = 16;

const SCALARS = {
  text: ['string'],
  number: ['number'],
  // As text too: a number of JavaScript has not room for every decimal.
  amount: ['string', 'number'],
  flag: ['boolean'],
} as const;

function isOdd(value: unknown): boolean {
  return typeof value === 'number' && !Number.isFinite(value);
}

function isPlain(value: unknown): value is Section {
  return typeof value === 'object' && value !== null && Object.prototype.toString.call(value) === '[object Object]';
}

function isPresent(value: string | undefined): value is string {
  return value !== undefined;
}
