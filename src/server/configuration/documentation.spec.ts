import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { shapeOf } from '../../config/setting-shape.js';
import { ConfigurationError } from '../../errors/configuration-error.js';
import { optionsClasses } from '../../../test/support/options-classes.js';
import { environmentProviders } from './environment-providers.js';
import { loadServerConfiguration } from './server-configuration.js';

const documentation = readFileSync(resolve(import.meta.dirname, '../../../docs/configuration.md'), 'utf8');

function messageOf(file: string, environment: Record<string, string>): string {
  const directory = mkdtempSync(join(tmpdir(), 'nestgate-documentation-'));
  try {
    writeFileSync(join(directory, 'nestgate.yaml'), file);
    loadServerConfiguration(environment, directory);
    return '';
  } catch (error) {
    if (error instanceof ConfigurationError) return error.message;
    throw error;
  } finally {
    rmSync(directory, { recursive: true });
  }
}

describe('docs/configuration.md', () => {
  const examples = [...documentation.matchAll(/```(yaml|sh)\n(.*?)```\n\n```text\n(.*?)```/gs)].map(
    ([, language = '', input = '', output = '']) => ({ language, input, output }),
  );

  it('has examples', () => expect(examples).toHaveLength(4));

  it.each(examples)('shows what is really printed for $input', ({ language, input, output }) => {
    const assignments = [...input.matchAll(/^(\w+)=(.*)$/gm)].map(([, name, value]) => [name, value]);
    const message = language === 'sh' ? messageOf('', Object.fromEntries(assignments)) : messageOf(input, {});
    expect(output).toBe(`${message}\n`);
  });

  it('names every setting', () => {
    const names = optionsClasses().flatMap((options) => [...shapeOf(options).keys()]);
    expect(names.filter((name) => !documentation.includes(`\`${name}\``))).toEqual([]);
  });

  it('names every variable that adds a provider', () => {
    const [, section = ''] = documentation.split('### Providers of the environment');
    const [table = ''] = section.split('###');
    const rows = [...table.matchAll(/^\| `(\w+)`.* \| `([\w-]+)` *\|$/gm)].map(([, name, kind]) => [name, kind]);
    expect(rows).toContainEqual(['HF_TOKEN', 'huggingface']);
    const everything = Object.fromEntries(rows.map(([name]) => [name, 'k']));
    expect(
      environmentProviders(everything).map(({ options, apiKeyVariable }) => [apiKeyVariable, options.kind]),
    ).toEqual(rows);
  });
});
