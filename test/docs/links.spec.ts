import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));

const pages = [
  ...filesIn('.', false),
  ...['docs', 'examples', 'test', '.github'].flatMap((folder) => filesIn(folder, true)),
  ...filesIn('bench', false),
].filter((path) => path.endsWith('.md'));

const scripts = Object.keys((JSON.parse(read('package.json')) as { scripts: Record<string, string> }).scripts);

/** What may read a variable that a page names. */
const readers = [
  ...['src', 'scripts', '.ci', 'test/support'].flatMap((folder) => filesIn(folder, true)),
  ...filesIn('bench', false),
  'docker-compose.yml',
]
  .filter((path) => !path.endsWith('.spec.ts') && !path.endsWith('.md'))
  .map(read)
  .join('\n');

it('finds the pages', () => {
  expect(pages).toContain('README.md');
  expect(pages).toContain('docs/configuration.md');
});

describe.each(pages)('%s', (page) => {
  const text = read(page);
  const prose = withoutFences(text);

  it('links to what is there', () => {
    const broken = linksIn(prose).filter((link) => !resolves(page, link));
    expect(broken).toEqual([]);
  });

  it('names scripts that exist', () => {
    const named = [...text.matchAll(/npm run ([a-z][\w:-]*)/g)].map(([, name = '']) => name);
    expect(named.filter((name) => !scripts.includes(name))).toEqual([]);
  });

  it('names environment variables that something reads', () => {
    // In a fence a page may make up variables of its own, but none of ours.
    const ours = [...text.matchAll(/\bNESTGATE_[A-Z\d_]*[A-Z\d]/g)].map(([name]) => name);
    const inProse = [...prose.matchAll(/`([A-Z][A-Z\d]*(?:_[A-Z\d]+)+)`/g)].map(([, name = '']) => name);
    const unknown = [...new Set([...ours, ...inProse])].filter((name) => !new RegExp(`\\b${name}\\b`).test(readers));
    expect(unknown).toEqual([]);
  });
});

function read(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

/** The files of a folder, relative to the repository. */
function filesIn(folder: string, recursive: boolean): string[] {
  const path = join(root, folder);
  if (!existsSync(path)) return [];
  return readdirSync(path, { withFileTypes: true, recursive })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)));
}

function withoutFences(text: string): string {
  return text.replaceAll(/^(`{3,})[^]*?^\1$/gm, '');
}

/** The targets within this repository. */
function linksIn(prose: string): string[] {
  const withoutCode = prose.replaceAll(/`[^`\n]*`/g, '');
  return [...withoutCode.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = '']) => target)
    .filter((target) => !/^[a-z]+:/.test(target));
}

function resolves(page: string, link: string): boolean {
  const [path = '', anchor] = link.split('#');
  const target = path === '' ? page : relative(root, resolve(root, dirname(page), path));
  if (!existsSync(join(root, target))) return false;
  return anchor === undefined || headingsOf(target).includes(anchor);
}

/** As GitHub and its like make anchors of headings. */
function headingsOf(page: string): string[] {
  return [...withoutFences(read(page)).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replaceAll(/\s/g, '-'),
  );
}
