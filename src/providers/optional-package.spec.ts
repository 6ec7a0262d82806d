import { describe, expect, it } from 'vitest';
import { ConfigurationError } from '../errors/configuration-error.js';
import { assertInstalled } from './optional-package.js';

const check = (name: string) => (): void => assertInstalled(name, 'providers.mine.apiKey', 'would sign in', 'set it');

describe('assertInstalled', () => {
  it.each(['@azure/identity', 'undici'])('is content with %s', (name) => {
    expect(check(name)).not.toThrow();
  });

  it('says what to install', () => {
    expect(check('@azure/not-there')).toThrow(ConfigurationError);
    expect(check('@azure/not-there')).toThrow(
      'providers.mine.apiKey is missing, and so is the package @azure/not-there, which would sign in: ' +
        'set it, or install the package: npm install @azure/not-there',
    );
  });
});
