import { describe, expect, it } from 'vitest';
import { type ProviderSettings } from '../provider-adapter.interface.js';
import { bedrockEndpoints, modelPath } from './bedrock.endpoint.js';

const settingsOf = (changes: Partial<ProviderSettings>): ProviderSettings => ({
  name: 'aws',
  kind: 'bedrock',
  connectTimeout: 1,
  idleTimeout: 1,
  ...changes,
});

const hostsOf = (changes: Partial<ProviderSettings>, apiKey?: string) => {
  const { region, whole, control } = bedrockEndpoints(settingsOf(changes), apiKey);
  const urlOf = ({ origin, path }: { origin: string; path: string }): string => origin + path;
  return [region, urlOf(whole.post('/x', '')), urlOf(control.get('/y'))];
};

describe('bedrockEndpoints', () => {
  it.each([
    [
      { region: 'eu-central-1' },
      [
        'eu-central-1',
        'https://bedrock-runtime.eu-central-1.amazonaws.com/x',
        'https://bedrock.eu-central-1.amazonaws.com/y',
      ],
    ],
    [
      { region: 'cn-north-1' },
      [
        'cn-north-1',
        'https://bedrock-runtime.cn-north-1.amazonaws.com.cn/x',
        'https://bedrock.cn-north-1.amazonaws.com.cn/y',
      ],
    ],
    [
      { baseUrl: 'https://bedrock-runtime-fips.us-east-1.amazonaws.com' },
      [
        'us-east-1',
        'https://bedrock-runtime-fips.us-east-1.amazonaws.com/x',
        'https://bedrock-fips.us-east-1.amazonaws.com/y',
      ],
    ],
    [
      { baseUrl: 'https://vpce-1.bedrock-runtime.us-west-2.vpce.amazonaws.com' },
      [
        'us-west-2',
        'https://vpce-1.bedrock-runtime.us-west-2.vpce.amazonaws.com/x',
        'https://vpce-1.bedrock-runtime.us-west-2.vpce.amazonaws.com/y',
      ],
    ],
    [
      { region: 'us-east-1', baseUrl: 'https://proxy.example/bedrock/' },
      ['us-east-1', 'https://proxy.example/bedrock/x', 'https://proxy.example/bedrock/y'],
    ],
  ])('of %j', (settings, hosts) => {
    expect(hostsOf(settings)).toEqual(hosts);
  });

  it('needs a region, unless a key goes to a given place', () => {
    const missing = /^providers\.aws\.region is missing/;
    expect(() => hostsOf({})).toThrow(missing);
    expect(() => hostsOf({}, 'key')).toThrow(missing);
    expect(() => hostsOf({ baseUrl: 'https://proxy.example' })).toThrow(missing);
    expect(hostsOf({ baseUrl: 'https://proxy.example' }, 'key')[1]).toBe('https://proxy.example/x');
  });

  it('says what it understands, and who asks', () => {
    const { whole, streaming } = bedrockEndpoints(settingsOf({ region: 'us-east-1' }), 'key');
    expect(whole.post('/', '').headers).toMatchObject({ accept: 'application/json', authorization: 'Bearer key' });
    expect(streaming.post('/', '').headers['accept']).toBe('application/vnd.amazon.eventstream');
  });
});

it('encodes names of models', () => {
  expect(modelPath('arn:aws:bedrock:us-east-1:1:inference-profile/us.x', 'converse')).toBe(
    '/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A1%3Ainference-profile%2Fus.x/converse',
  );
});
