import { describe, expect, it } from 'vitest';
import { GatewayOptions, LimitOptions, StreamingOptions } from '../gateway.options.js';
import { KeyOptions } from '../key.options.js';
import { ModelOptions, ProviderOptions } from '../provider.options.js';
import { optionsClasses } from '../../test/support/options-classes.js';
import { exampleOf } from './example.decorator.js';
import { settingAt, shapeOf } from './setting-shape.js';
import { validateGatewayOptions } from './validate-options.js';

describe('shapeOf', () => {
  it('knows the sections', () => {
    expect(Object.fromEntries(shapeOf(GatewayOptions))).toMatchObject({
      providers: { type: 'sections', section: ProviderOptions },
      aliases: { type: 'map' },
      keys: { type: 'sections', section: KeyOptions },
      auth: { type: 'text' },
      streaming: { type: 'section', section: StreamingOptions },
      limits: { type: 'section', section: LimitOptions },
    });
  });

  it('knows the settings of a provider', () => {
    const types = [...shapeOf(ProviderOptions)].map(([name, { type }]) => [name, type]);
    expect(Object.fromEntries(types)).toMatchObject({
      apiKey: 'text',
      timeout: 'number',
      headers: 'map',
      models: 'sections',
    });
  });

  it('follows a path', () => {
    expect(settingAt(['providers', 3, 'models', 0])).toEqual({ type: 'section', section: ModelOptions });
    expect(settingAt(['providers', 3, 'models', 0, 'facts', 'tools'])?.type).toBe('flag');
    expect(settingAt(['providers', 3, 'weight'])?.type).toBe('number');
    expect(settingAt(['keys', 0, 'models', 0])?.type).toBe('text');
    expect(settingAt(['aliases', 'fast'])?.type).toBe('text');
    expect(settingAt(['providers', 'weight'])).toBeUndefined();
    expect(settingAt(['__proto__', 'x'])).toBeUndefined();
  });
});

describe('the examples of the options classes', () => {
  it('are there for every setting', () => {
    const missing = optionsClasses().flatMap((options) =>
      [...shapeOf(options).keys()].filter((name) => exampleOf(options.prototype, name) === undefined),
    );
    expect(missing).toEqual([]);
  });

  it('are right', () => {
    const sections = { streaming: StreamingOptions, limits: LimitOptions };
    for (const [section, options] of Object.entries(sections)) {
      for (const name of shapeOf(options).keys()) {
        const input = { [section]: { [name]: Number(exampleOf(options.prototype, name)) } };
        expect(validateGatewayOptions(input)).toEqual(input);
      }
    }
  });
});
