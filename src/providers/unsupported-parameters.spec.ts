import { describe, expect, it } from 'vitest';
import { UnsupportedParameters } from './unsupported-parameters.js';

function namesUnder(policy: 'strict' | 'warn' | 'drop', ...params: string[]): readonly string[] {
  const unsupported = new UnsupportedParameters(policy);
  for (const param of params) unsupported.add(param);
  return unsupported.names;
}

describe('UnsupportedParameters', () => {
  it('are told once each where the policy is to warn', () => {
    expect(namesUnder('warn')).toEqual([]);
    expect(namesUnder('warn', 'seed', 'logit_bias', 'seed')).toEqual(['seed', 'logit_bias']);
  });

  it('are not told where they are to be dropped', () => {
    expect(namesUnder('drop', 'seed')).toEqual([]);
  });

  it('refuse the request where the policy is strict', () => {
    expect(() => namesUnder('strict', 'logit_bias')).toThrow(
      expect.objectContaining({ code: 'unsupported_parameter', status: 400, param: 'logit_bias' }),
    );
    expect(namesUnder('strict')).toEqual([]);
  });

  it.each(['n', 'functions', 'modalities', 'audio'])(
    'refuse the request under any policy where the answer would be another one: %s',
    (name) => {
      for (const policy of ['warn', 'drop'] as const) {
        expect(() => namesUnder(policy, name)).toThrow(expect.objectContaining({ status: 400, param: name }));
      }
    },
  );

  it('are as many and as long as a header can hold, whatever the client sends', () => {
    const many = Array.from({ length: 1_000 }, (_, index) => `${index}${'x'.repeat(1_000)}`);
    const names = namesUnder('warn', ...many);
    expect(names).toHaveLength(32);
    expect(names.join('').length).toBeLessThan(4_000);
    expect(() => namesUnder('strict', 'x'.repeat(1_000))).toThrow(
      expect.objectContaining({ param: `${'x'.repeat(64)}...` }),
    );
  });
});
