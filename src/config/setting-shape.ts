import { plainToInstance } from 'class-transformer';
import { getMetadataStorage, ValidationTypes } from 'class-validator';
import { GatewayOptions } from '../gateway.options.js';
import { type SettingPath } from './setting-path.js';

export type OptionsClass = new () => object;

export type SettingShape =
  | { readonly type: 'text' | 'number' | 'amount' | 'flag' | 'texts' | 'numbers' | 'map' | 'free' }
  | { readonly type: 'section' | 'sections'; readonly section: OptionsClass };

const shapes = new Map<OptionsClass, ReadonlyMap<string, SettingShape>>();

/** The settings of an options class by name, as its validators tell. */
export function shapeOf(options: OptionsClass): ReadonlyMap<string, SettingShape> {
  let shape = shapes.get(options);
  if (shape === undefined) {
    const storage = getMetadataStorage();
    const byProperty = storage.groupByPropertyName(storage.getTargetValidationMetadatas(options, '', true, false));
    shape = new Map(
      Object.entries(byProperty).map(([property, validators]) => {
        const names = new Set(validators.map(({ type, name }) => name ?? type));
        return [property, shapeFrom(names, options, property)];
      }),
    );
    shapes.set(options, shape);
  }
  return shape;
}

/** The setting at a path of the gateway's options; `undefined` where there is none. */
export function settingAt(path: SettingPath): SettingShape | undefined {
  let shape: SettingShape = { type: 'section', section: GatewayOptions };
  for (const step of path) {
    let next: SettingShape | undefined;
    if (shape.type === 'section' && typeof step === 'string') next = shapeOf(shape.section).get(step);
    else if (shape.type === 'sections' && typeof step === 'number') next = { type: 'section', section: shape.section };
    else if (shape.type === 'map' || shape.type === 'texts') next = { type: 'text' };
    else if (shape.type === 'numbers') next = { type: 'number' };
    if (next === undefined) return undefined;
    shape = next;
  }
  return shape;
}

function shapeFrom(validators: ReadonlySet<string>, options: OptionsClass, property: string): SettingShape {
  const isList = validators.has('isArray');
  if (validators.has(ValidationTypes.NESTED_VALIDATION)) {
    return { type: isList ? 'sections' : 'section', section: sectionClass(options, property, isList) };
  }
  if (isList) return { type: validators.has('isThresholds') ? 'numbers' : 'texts' };
  if (validators.has('isSettings')) return { type: 'free' };
  if (validators.has('isObject')) return { type: 'map' };
  if (validators.has('isAmount')) return { type: 'amount' };
  if (validators.has('isInt') || validators.has('isNumber')) return { type: 'number' };
  return { type: validators.has('isBoolean') ? 'flag' : 'text' };
}

/** Which class `@Type` names is told by class-transformer only in what it makes. */
function sectionClass(options: OptionsClass, property: string, isList: boolean): OptionsClass {
  const made = plainToInstance(options, { [property]: isList ? [{}] : {} });
  const value: unknown = Object.getOwnPropertyDescriptor(made, property)?.value;
  const item: unknown = Array.isArray(value) ? value[0] : value;
  if (typeof item !== 'object' || item === null) throw new TypeError(`${options.name}.${property} lacks @Type`);
  return item.constructor as OptionsClass;
}
