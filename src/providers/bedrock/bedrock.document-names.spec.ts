import fc from 'fast-check';
import { expect, it } from 'vitest';
import { DocumentNames } from './bedrock.document-names.js';

it.each([
  ['report.pdf', 'report'],
  ['John’s report #2 (final) [v1]-x.docx', 'John s report 2 (final) [v1]-x'],
  ['snake_case.txt', 'snake case'],
  ['  two   spaces\t.md', 'two spaces'],
  ['テスト　資料.xlsx', 'document'],
  ['.pdf', 'document'],
  [undefined, 'document'],
])('names %j', (filename, name) => {
  expect(new DocumentNames().nameOf(filename)).toBe(name);
});

it('gives no name twice, and none that Bedrock would refuse', () => {
  const names = fc.array(
    fc.oneof(fc.string({ unit: 'binary', maxLength: 400 }), fc.constantFrom('a', 'a (2)', 'b.pdf')),
  );
  fc.assert(
    fc.property(names, (filenames) => {
      const documents = new DocumentNames();
      const given = filenames.map((filename) => documents.nameOf(filename));
      expect(new Set(given).size).toBe(filenames.length);
      for (const name of given) expect(name).toMatch(/^(?!.* {2})[a-zA-Z0-9\-()[\] ]{1,200}$/);
    }),
  );
});
