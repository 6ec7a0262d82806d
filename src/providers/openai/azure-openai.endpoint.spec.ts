import { describe, expect, it } from 'vitest';
import { ConfigurationError } from '../../errors/configuration-error.js';
import { type ProviderSettings } from '../provider-adapter.interface.js';
import { azureEndpoint } from './azure-openai.endpoint.js';

const settings = (given: Partial<ProviderSettings>): ProviderSettings => ({
  name: 'mine',
  kind: 'azure-openai',
  connectTimeout: 1_000,
  idleTimeout: 0,
  ...given,
});

function urlsOf(given: Partial<ProviderSettings>, deployment = 'chat') {
  const { endpoint, route } = azureEndpoint(settings(given), {});
  const post = route(endpoint.post('/chat/completions', '{}'), deployment);
  const list = endpoint.get('/models');
  return [post.origin + post.path, list.origin + list.path];
}

const RESOURCE = 'https://mine.openai.azure.com';
const DATED = '2024-10-21';

describe('azureEndpoint', () => {
  it.each([RESOURCE, `${RESOURCE}/`, `${RESOURCE}/openai`, `${RESOURCE}/openai/`, `${RESOURCE}//openai`])(
    'reads %s',
    (baseUrl) => {
      expect(urlsOf({ baseUrl })).toEqual([`${RESOURCE}/openai/v1/chat/completions`, `${RESOURCE}/openai/v1/models`]);
      expect(urlsOf({ baseUrl, apiVersion: DATED })).toEqual([
        `${RESOURCE}/openai/deployments/chat/chat/completions?api-version=${DATED}`,
        `${RESOURCE}/openai/models?api-version=${DATED}`,
      ]);
    },
  );

  it.each([`${RESOURCE}/openai/v1`, `${RESOURCE}/openai/v1/`])('reads %s', (baseUrl) => {
    expect(urlsOf({ baseUrl })[0]).toBe(`${RESOURCE}/openai/v1/chat/completions`);
    expect(urlsOf({ baseUrl, apiVersion: 'preview' })).toEqual([
      `${RESOURCE}/openai/v1/chat/completions?api-version=preview`,
      `${RESOURCE}/openai/v1/models?api-version=preview`,
    ]);
  });

  it.each([
    'https://mine.cognitiveservices.azure.com',
    'https://mine.services.ai.azure.com',
    'https://gateway.example/azure',
    'http://localhost:8000',
  ])('reads %s', (resource) => {
    expect(urlsOf({ baseUrl: resource })[0]).toBe(`${resource}/openai/v1/chat/completions`);
    expect(urlsOf({ baseUrl: `${resource}/openai`, apiVersion: DATED })[0]).toBe(
      `${resource}/openai/deployments/chat/chat/completions?api-version=${DATED}`,
    );
  });

  it('takes the models of other makers by their own API', () => {
    const baseUrl = 'https://mine.services.ai.azure.com/models';
    expect(urlsOf({ baseUrl })[0]).toBe(`${baseUrl}/chat/completions?api-version=2024-05-01-preview`);
    expect(urlsOf({ baseUrl, apiVersion: '2025-04-01' })[0]).toBe(`${baseUrl}/chat/completions?api-version=2025-04-01`);
    expect(azureEndpoint(settings({ baseUrl }), {})).toMatchObject({ asksForUsage: true, listsModels: false });
  });

  it.each([
    ['a/b ü?#..', 'a%2Fb%20%C3%BC%3F%23..'],
    ['..', '%2E%2E'],
    ['half \ud800', 'half%20%EF%BF%BD'],
  ])('writes the deployment %j so that it stays one part of the path', (model, step) => {
    expect(urlsOf({ baseUrl: RESOURCE, apiVersion: DATED }, model)[0]).toBe(
      `${RESOURCE}/openai/deployments/${step}/chat/completions?api-version=${DATED}`,
    );
  });

  it.each([
    ['2023-05-15', false],
    ['2024-08-01-preview', false],
    ['2024-09-01-preview', true],
    ['2024-10-21', true],
    ['preview', true],
    [undefined, true],
  ])('version %s counts the tokens of a stream when asked to: %s', (apiVersion, asksForUsage) => {
    expect(azureEndpoint(settings({ baseUrl: RESOURCE, apiVersion }), {})).toMatchObject({
      asksForUsage,
      listsModels: true,
    });
  });

  it.each([
    [{}, 'providers.mine.baseUrl is missing: set it to the resource, such as https://my-resource.openai.azure.com'],
    [
      { baseUrl: `${RESOURCE}/openai/deployments/gpt-4o/chat/completions` },
      `providers.mine.baseUrl names one deployment: write only ${RESOURCE}, and name its deployments in models`,
    ],
    [
      { baseUrl: 'https://mine.services.ai.azure.com/api/projects/one' },
      'providers.mine.baseUrl has a path that is not known here (/api/projects/one): write only https://mine.services.ai.azure.com',
    ],
    [
      { baseUrl: `${RESOURCE}/openai/v1`, apiVersion: DATED },
      `providers.mine.baseUrl names version 1 of the API, but apiVersion is ${DATED}: leave apiVersion out, or end the URL before /openai`,
    ],
    [
      { baseUrl: RESOURCE, apiVersion: '2024-10' },
      'providers.mine.apiVersion is no version of Azure’s: write it as in 2024-10-21, or leave it out for v1',
    ],
  ])('refuses %o', (given, message) => {
    expect(() => azureEndpoint(settings(given), {})).toThrow(ConfigurationError);
    expect(() => azureEndpoint(settings(given), {})).toThrow(message);
  });
});
