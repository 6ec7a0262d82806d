import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toJsonSchema, toOpenApiSchema } from './gemini.schema.js';

describe('toJsonSchema', () => {
  it('passes nearly everything on as it is', () => {
    const schema = {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      type: ['object', 'null'],
      properties: { age: { type: 'integer', exclusiveMinimum: 0, default: 1 }, kind: { enum: ['a', 1] } },
      $defs: { Node: { type: 'object', properties: { next: { $ref: '#/$defs/Node' } } } },
      oneOf: [{ type: 'string', format: 'uuid' }],
      additionalProperties: false,
    };
    expect(toJsonSchema(schema)).toEqual(schema);
  });

  it('gives what stands beside a reference a place that the API takes', () => {
    const schema = { properties: { home: { $ref: '#/$defs/Address', description: 'Where.' } } };
    expect(toJsonSchema(schema)).toEqual({
      properties: { home: { description: 'Where.', anyOf: [{ $ref: '#/$defs/Address' }] } },
    });
  });

  it('writes a constant as the only choice', () => {
    const schema = { items: { anyOf: [{ const: 'a' }, { const: 2, title: 'Two' }, { const: null }] } };
    expect(toJsonSchema(schema)).toEqual({
      items: { anyOf: [{ enum: ['a'] }, { enum: [2], title: 'Two' }, { const: null }] },
    });
  });

  it('leaves what only looks like a schema', () => {
    const schema = { properties: { $ref: { type: 'string' }, const: { type: 'string' } }, default: { const: 1 } };
    expect(toJsonSchema(schema)).toEqual(schema);
  });
});

describe('toOpenApiSchema', () => {
  it.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    ['types in capitals', { type: 'array', items: { type: 'string' } }, { type: 'ARRAY', items: { type: 'STRING' } }],
    ['an array of anything', { type: 'array' }, { type: 'ARRAY', items: {} }],
    ['a type or null', { type: ['string', 'null'] }, { type: 'STRING', nullable: true }],
    ['several types', { type: ['string', 'integer'] }, { anyOf: [{ type: 'STRING' }, { type: 'INTEGER' }] }],
    [
      'one or null',
      { anyOf: [{ type: 'integer', description: 'n' }, { type: 'null' }], title: 'N' },
      { type: 'INTEGER', description: 'n', title: 'N', nullable: true },
    ],
    [
      'one of several',
      { oneOf: [{ type: 'string' }, { type: 'number' }] },
      { anyOf: [{ type: 'STRING' }, { type: 'NUMBER' }] },
    ],
    ['a constant', { const: 'a' }, { type: 'STRING', enum: ['a'] }],
    ['choices', { type: 'string', enum: ['a', 'b'] }, { type: 'STRING', enum: ['a', 'b'] }],
    [
      'choices that may be null',
      { type: ['string', 'null'], enum: ['a', null] },
      { type: 'STRING', nullable: true, enum: ['a'] },
    ],
    [
      'choices of numbers, told in words',
      { type: 'integer', enum: [1, 2], description: 'How many.' },
      { type: 'INTEGER', description: 'How many. One of: 1, 2.' },
    ],
    [
      'bounds that exclude',
      { type: 'integer', exclusiveMinimum: 0, exclusiveMaximum: 9 },
      { type: 'INTEGER', minimum: 1, maximum: 8 },
    ],
    ['bounds of numbers', { type: 'number', exclusiveMinimum: 0 }, { type: 'NUMBER', minimum: 0 }],
    ['formats it knows', { type: 'string', format: 'date-time' }, { type: 'STRING', format: 'date-time' }],
    ['formats it does not', { type: 'string', format: 'uuid' }, { type: 'STRING' }],
    [
      'keywords it does not know',
      {
        $schema: 's',
        type: 'object',
        properties: { a: { type: 'string' } },
        additionalProperties: false,
        strict: true,
      },
      { type: 'OBJECT', properties: { a: { type: 'STRING' } } },
    ],
    [
      'names that are required and are not there',
      { type: 'object', properties: { a: {} }, required: ['a', 'b'] },
      { type: 'OBJECT', properties: { a: {} }, required: ['a'] },
    ],
    ['tuples', { type: 'array', prefixItems: [{ type: 'string' }] }, { type: 'ARRAY', items: { type: 'STRING' } }],
    [
      'a type that goes without saying',
      { properties: { a: { const: 'b' } } },
      { type: 'OBJECT', properties: { a: { type: 'STRING', enum: ['b'] } } },
    ],
    [
      'all of several',
      {
        allOf: [{ $ref: '#/$defs/A' }, { properties: { b: { type: 'string' } }, required: ['b'] }],
        $defs: { A: { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] } },
      },
      { type: 'OBJECT', properties: { a: { type: 'STRING' }, b: { type: 'STRING' } }, required: ['b', 'a'] },
    ],
  ])('writes %s', (_name, schema, expected) => {
    expect(toOpenApiSchema(schema)).toEqual(expected);
  });

  it('puts references in, with what stands beside them', () => {
    const schema = {
      type: 'object',
      properties: { home: { $ref: '#/$defs/Address', description: 'Where.' }, odd: { $ref: '#/definitions/a~1b' } },
      $defs: { Address: { type: 'object', description: 'Any.', properties: { city: { type: 'string' } } } },
      definitions: { 'a/b': { type: 'boolean' } },
    };
    expect(toOpenApiSchema(schema)).toEqual({
      type: 'OBJECT',
      properties: {
        home: { type: 'OBJECT', description: 'Where.', properties: { city: { type: 'STRING' } } },
        odd: { type: 'BOOLEAN' },
      },
    });
  });

  it.each([
    ['itself', { Node: { type: 'object', properties: { next: { $ref: '#/$defs/Node' } } } }],
    ['itself by an allOf', { Node: { type: 'object', properties: { next: { allOf: [{ $ref: '#/$defs/Node' }] } } } }],
    ['itself and nothing else', { Node: { $ref: '#/$defs/Node' } }],
    ['nothing', {}],
    ['something elsewhere', { Node: { $ref: 'https://example.com/schema' } }],
    ['something that is no path', { Node: { $ref: '#/%E0%A4%A' } }],
  ])('ends where a reference leads to %s', (_name, $defs) => {
    const schema = toOpenApiSchema({ type: 'object', properties: { first: { $ref: '#/$defs/Node' } }, $defs });
    expect(JSON.stringify(schema)).not.toContain('$ref');
    expect(schema).toMatchObject({ type: 'OBJECT', properties: { first: { type: 'OBJECT' } } });
  });

  it('refuses references that double at every step', () => {
    const $defs = Object.fromEntries(
      Array.from({ length: 30 }, (_, at) => {
        const next = { $ref: `#/$defs/d${at + 1}` };
        return [`d${at}`, { type: 'object', properties: { a: next, b: next } }];
      }),
    );
    expect(() => toOpenApiSchema({ $ref: '#/$defs/d0', $defs })).toThrow(
      expect.objectContaining({ status: 400, code: 'invalid_value' }),
    );
  });

  it('takes whatever it is given', () => {
    const schema = fc.dictionary(
      fc.constantFrom(
        'type',
        'properties',
        'items',
        'anyOf',
        'allOf',
        '$ref',
        'enum',
        'const',
        'required',
        '__proto__',
      ),
      fc.oneof(
        fc.jsonValue(),
        fc.constantFrom('#', '#/items', 'string'),
        fc.array(fc.dictionary(fc.string(), fc.jsonValue())),
      ),
    );
    fc.assert(
      fc.property(schema, (one) => {
        expect(() => JSON.stringify([typeof toOpenApiSchema(one), typeof toJsonSchema(one)])).not.toThrow();
      }),
    );
  });
});
