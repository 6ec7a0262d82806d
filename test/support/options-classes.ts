import { type OptionsClass, shapeOf } from '../../src/config/setting-shape.js';
import { GatewayOptions } from '../../src/gateway.options.js';

/** Every class of options that a configuration can hold, the outermost first. */
export function optionsClasses(): OptionsClass[] {
  const found = new Set<OptionsClass>([GatewayOptions]);
  // A set visits what is added while it is gone through.
  for (const options of found) {
    for (const shape of shapeOf(options).values()) if ('section' in shape) found.add(shape.section);
  }
  return [...found];
}
