type Schema = Readonly<Record<string, unknown>>;

const TYPES: Readonly<Record<string, (value: unknown) => boolean>> = {
  null: (value) => value === null,
  string: (value) => typeof value === 'string',
  number: (value) => typeof value === 'number',
  integer: (value) => Number.isInteger(value),
  boolean: (value) => typeof value === 'boolean',
  array: (value) => Array.isArray(value),
  object: (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
};

/** What this check understands: a schema that says anything else is not checked by it, and so not by the tests. */
const KNOWN = new Set(
  (
    'type enum anyOf $ref properties required additionalProperties items format examples ' +
    'minimum maximum minLength maxLength pattern minItems maxItems uniqueItems'
  ).split(' '),
);

/** Where a value is not as its schema says, as paths; the schemas that are referred to are those of the document. */
export function faults(value: unknown, schema: unknown, document: unknown, path = '$'): string[] {
  const { $ref, ...said } = schema as Schema;
  if (typeof $ref === 'string') return faults(value, referred($ref, document), document, path);
  const unknown = Object.keys(said).filter((name) => !KNOWN.has(name));
  if (unknown.length > 0) return [`${path}: the schema says ${unknown.join(', ')}`];
  if (Array.isArray(said['anyOf'])) {
    const each = said['anyOf'].map((one) => faults(value, one, document, path));
    return each.some((found) => found.length === 0) ? [] : each.flat();
  }
  const types = [said['type'] ?? []].flat().map(String);
  if (types.length > 0 && !types.some((type) => TYPES[type]?.(value))) return [`${path}: not ${types.join(' or ')}`];
  if (Array.isArray(said['enum']) && !said['enum'].includes(value)) return [`${path}: not of the enum`];
  if (typeof value === 'string') return isText(value, said) ? [] : [`${path}: not such a text`];
  if (typeof value === 'number') return isBetween(value, said, 'minimum', 'maximum') ? [] : [`${path}: out of bounds`];
  if (Array.isArray(value)) {
    const isOdd =
      said['uniqueItems'] === true && new Set(value.map((item) => JSON.stringify(item))).size < value.length;
    if (isOdd || !isBetween(value.length, said, 'minItems', 'maxItems')) return [`${path}: not such a list`];
    return value.flatMap((item, index) => faults(item, said['items'] ?? {}, document, `${path}[${index}]`));
  }
  return typeof value === 'object' && value !== null ? faultsOfMembers(value, said, document, path) : [];
}

/** What a reference leads to. */
export function referred($ref: string, document: unknown): unknown {
  const steps = $ref.split('/').slice(1);
  const found = steps.reduce<unknown>((within, step) => (within as Schema | undefined)?.[step], document);
  if (found === undefined) throw new Error(`There is nothing at ${$ref}`);
  return found;
}

function faultsOfMembers(value: object, said: Schema, document: unknown, path: string): string[] {
  const properties = (said['properties'] ?? {}) as Schema;
  const missing = ((said['required'] ?? []) as string[]).filter((name) => !Object.hasOwn(value, name));
  // An answer may get members in later versions; here none may go unsaid.
  const others = said['additionalProperties'] ?? (said['properties'] === undefined ? {} : false);
  return [
    ...missing.map((name) => `${path}.${name}: missing`),
    ...Object.entries(value).flatMap(([name, member]) => {
      const schema = Object.hasOwn(properties, name) ? properties[name] : others;
      return schema === false ? [`${path}.${name}: not said`] : faults(member, schema, document, `${path}.${name}`);
    }),
  ];
}

function isText(text: string, { pattern, ...said }: Schema): boolean {
  const isLike = typeof pattern !== 'string' || new RegExp(pattern, 'u').test(text);
  return isLike && isBetween(text.length, said, 'minLength', 'maxLength');
}

function isBetween(size: number, said: Schema, least: string, most: string): boolean {
  const [from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY] = [said[least], said[most]] as number[];
  return size >= from && size <= to;
}
