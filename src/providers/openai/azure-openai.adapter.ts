import { Injectable, Optional } from '@nestjs/common';
import { UpstreamClient } from '../../upstream/upstream-client.js';
import { AdapterFor } from '../adapter-for.decorator.js';
import { type Authorize } from '../http-capability.js';
import { assertMayUseMachineCredentials } from '../machine-credentials.js';
import { assertInstalled } from '../optional-package.js';
import { type Provider, type ProviderAdapter, type ProviderSettings } from '../provider-adapter.interface.js';
import { azureEndpoint } from './azure-openai.endpoint.js';
import { defaultCredential, entraAuthorize, EntraCredential } from './entra-id.js';
import { openAiCapabilities } from './openai.capabilities.js';

/**
 * Speaks to Azure OpenAI, and to the other models of a Foundry resource. Whoever sets no key is let in by Entra ID.
 *
 * It lists the models that the resource could deploy, not its deployments: these have no list.
 *
 * @see https://learn.microsoft.com/azure/ai-foundry/openai/reference
 */
@Injectable()
@AdapterFor('azure-openai')
export class AzureOpenAiAdapter implements ProviderAdapter {
  /** @param credential of the host, in place of `DefaultAzureCredential`. */
  constructor(
    private readonly upstream: UpstreamClient,
    @Optional() private readonly credential?: EntraCredential,
  ) {}

  connect(settings: ProviderSettings): Provider {
    const { apiKey } = settings;
    const credentials: Record<string, string> = apiKey === undefined ? {} : { 'api-key': apiKey };
    const { listsModels, ...azure } = azureEndpoint(settings, credentials);
    const { listModels, ...capabilities } = openAiCapabilities({
      ...azure,
      upstream: this.upstream,
      settings,
      authorize: this.authorizeOf(settings),
    });
    return { ...capabilities, ...(listsModels && listModels !== undefined ? { listModels } : {}) };
  }

  private authorizeOf(settings: ProviderSettings): Authorize | undefined {
    const { name, apiKey, headers = {} } = settings;
    // Behind a gateway of Azure’s the key may stand in a header of another name.
    if (apiKey !== undefined || Object.keys(headers).some((header) => CREDENTIALS.has(header.toLowerCase()))) {
      return undefined;
    }
    assertMayUseMachineCredentials(settings, 'apiKey');
    const { credential } = this;
    if (credential !== undefined) return entraAuthorize(() => Promise.resolve(credential));
    assertInstalled('@azure/identity', `providers.${name}.apiKey`, 'would sign in to Entra ID in its place', 'set it');
    return entraAuthorize(defaultCredential);
  }
}

const CREDENTIALS: ReadonlySet<string> = new Set(['api-key', 'authorization', 'ocp-apim-subscription-key']);
