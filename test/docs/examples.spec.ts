import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));

const examples = readdirSync(join(root, 'examples'), { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
  .map((entry) => plain(readFileSync(join(entry.parentPath, entry.name), 'utf8')));

it.each(['docs/add-a-provider.md', 'docs/add-an-extension.md'])('%s shows what the examples hold', (page) => {
  const blocks = [...readFileSync(join(root, page), 'utf8').matchAll(/^```ts\n([^]*?)^```$/gm)]
    .map(([, code = '']) => code)
    // How a host's module uses them is shown in docs/embed-in-nest.md.
    .filter((code) => !code.includes('class AppModule'));
  expect(blocks.length).toBeGreaterThan(3);
  expect(blocks.filter((block) => !examples.some((example) => example.includes(plain(block))))).toEqual([]);
});

function plain(code: string): string {
  return code.replaceAll(/\s+/g, ' ').trim();
}
