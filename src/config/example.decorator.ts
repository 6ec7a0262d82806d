const examples = new WeakMap<object, Map<string | symbol, string>>();

/** The value of a setting as a person would write it in YAML. Shown in the remedy when the setting is missing or wrong. */
export function Example(text: string): PropertyDecorator {
  return (prototype, property) => {
    const ofClass = examples.get(prototype) ?? new Map<string | symbol, string>();
    examples.set(prototype, ofClass.set(property, text));
  };
}

/** The example of a setting of an options class. */
export function exampleOf(prototype: object, property: string): string | undefined {
  for (let owner: object | null = prototype; owner !== null; owner = Object.getPrototypeOf(owner) as object | null) {
    const example = examples.get(owner)?.get(property);
    if (example !== undefined) return example;
  }
  return undefined;
}
