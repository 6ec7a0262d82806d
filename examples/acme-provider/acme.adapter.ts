import { Injectable, Module } from '@nestjs/common';
import {
  AdapterFor,
  endpointOf,
  HttpCapability,
  type Provider,
  type ProviderAdapter,
  type ProviderSettings,
  UpstreamClient,
} from '../../src/index.js';
import { AcmeDialect, toAcmeError } from './acme.dialect.js';
import { AcmeEmbeddings } from './acme.embeddings.js';
import { ACME_LIMITS } from './acme.limits.js';
import { signedWith } from './acme.signature.js';
import { parse } from './acme.values.js';

/** Speaks to Acme, an imaginary service with a dialect of its own. */
@Injectable()
@AdapterFor('acme')
export class AcmeAdapter implements ProviderAdapter {
  constructor(private readonly upstream: UpstreamClient) {}

  connect(settings: ProviderSettings): Provider {
    const { apiKey = '' } = settings;
    const endpoint = endpointOf(settings, 'https://api.acme.example', { 'x-acme-key': apiKey });
    const authorize = signedWith(apiKey);
    return {
      chat: new HttpCapability(this.upstream, settings, new AcmeDialect(endpoint), authorize),
      embeddings: new HttpCapability(this.upstream, settings, new AcmeEmbeddings(endpoint), authorize),
      limits: ACME_LIMITS,
      listModels: async (cancellation) => {
        const request = await authorize(endpoint.get('/engines'));
        const response = await this.upstream.request(request, { ...settings, cancellation });
        if (response.status !== 200) throw toAcmeError(response);
        const { engines } = parse(response.body) as { engines: string[] };
        return engines;
      },
    };
  }
}

@Module({ providers: [AcmeAdapter, UpstreamClient] })
export class AcmeModule {}
