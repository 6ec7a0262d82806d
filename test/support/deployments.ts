import { type Deployment } from '../../src/dispatch/deployment.js';
import { ProviderAccount } from '../../src/dispatch/provider-account.js';
import { type Provider } from '../../src/providers/provider-adapter.interface.js';

/** The deployment `acme/m` of the model `m`, tried once and without a limit. */
export function deploymentOf(provider: Provider, changes: Partial<Deployment> = {}): Deployment {
  return {
    id: 'acme/m',
    provider,
    account: new ProviderAccount([provider]),
    providerName: 'acme',
    model: 'm',
    upstreamModel: 'm',
    weight: 1,
    maxRetries: 0,
    timeout: 0,
    facts: {},
    ...changes,
  };
}
