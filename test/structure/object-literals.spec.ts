import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { expect, it } from 'vitest';

const SOURCE = join(import.meta.dirname, '../../src');

const files = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' }).filter(
  (file) => file.endsWith('.ts') && !file.endsWith('.spec.ts'),
);

/** Each as `file:line`. */
function accessorsIn(file: string, text: string): string[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const found: string[] = [];
  const look = (node: ts.Node): void => {
    if (ts.isAccessor(node) && ts.isObjectLiteralExpression(node.parent)) {
      found.push(`${file}:${source.getLineAndCharacterOfPosition(node.getStart()).line + 1}`);
    }
    node.forEachChild(look);
  };
  look(source);
  return found;
}

it('finds a getter in an object literal, and leaves those of classes alone', () => {
  const text = 'class A { get a() { return 1; } }\nconst b = {\n  get b() { return 1; },\n};';
  expect(accessorsIn('a.ts', text)).toStrictEqual(['a.ts:3']);
});

// V8 gives each such object a hidden class of its own, among the old objects, which keeps alive all that the getter
// knows: made once for each call, whole calls stay until the next collection of everything (docs/performance.md).
it('has no object literal with a getter or a setter', () => {
  expect(files.length).toBeGreaterThan(100);
  expect(files.flatMap((file) => accessorsIn(file, readFileSync(join(SOURCE, file), 'utf8')))).toStrictEqual([]);
});
