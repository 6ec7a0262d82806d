import { ConfigurationError } from '../../errors/configuration-error.js';
import { pathStep } from '../path-step.js';
import { type ProviderSettings } from '../provider-adapter.interface.js';
import { endpointOf, type ProviderEndpoint } from '../provider-endpoint.js';

/** Where the requests for one region go. */
export interface BedrockEndpoints {
  readonly region: string;
  /** Answers in JSON. */
  readonly whole: ProviderEndpoint;
  /** Answers in streams. */
  readonly streaming: ProviderEndpoint;
  /** Where the models are listed. */
  readonly control: ProviderEndpoint;
}

/** `https://bedrock-runtime.eu-central-1.amazonaws.com`, FIPS and VPC endpoints included. */
const RUNTIME_HOST = /(?:^|\.)bedrock-runtime(?:-fips)?\.([a-z0-9-]+)\./;

/**
 * @param apiKey goes with every request, where there is one.
 * @throws ConfigurationError where no region is named, nor told by the base URL.
 * @see https://docs.aws.amazon.com/general/latest/gr/bedrock.html
 */
export function bedrockEndpoints(settings: ProviderSettings, apiKey: string | undefined): BedrockEndpoints {
  const region = settings.region ?? regionIn(settings.baseUrl);
  // Without a signature the URL alone says where it is.
  if (region === undefined && (settings.baseUrl === undefined || apiKey === undefined)) {
    throw new ConfigurationError(
      `providers.${settings.name}.region`,
      'is missing',
      'set it to the region of the models, such as eu-central-1',
    );
  }
  const bearer = apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` };
  const runtime = `https://bedrock-runtime.${region}.${domainOf(region ?? '')}`;
  const to = (accept: string): ProviderEndpoint => endpointOf(settings, runtime, { ...bearer, accept });
  const controlUrl = (settings.baseUrl ?? runtime).replace('//bedrock-runtime', '//bedrock');
  return {
    region: region ?? '',
    whole: to('application/json'),
    streaming: to('application/vnd.amazon.eventstream'),
    control: endpointOf({ ...settings, baseUrl: controlUrl }, undefined, { ...bearer, accept: 'application/json' }),
  };
}

/** The path of one operation on a model, whose name, most of all an ARN, holds what paths cannot. */
export function modelPath(model: string, operation: 'converse' | 'converse-stream' | 'invoke'): string {
  return `/model/${pathStep(model)}/${operation}`;
}

function regionIn(baseUrl: string | undefined): string | undefined {
  return baseUrl === undefined ? undefined : RUNTIME_HOST.exec(new URL(baseUrl).hostname)?.[1];
}

function domainOf(region: string): string {
  return region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
}
