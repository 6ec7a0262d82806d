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
import { parse } from './acme.values.js';

/** Speaks to Acme, an imaginary service with a dialect of its own. */
@Injectable()
@AdapterFor('acme')
export class AcmeAdapter implements ProviderAdapter {
  constructor(private readonly upstream: UpstreamClient) {}

  connect(settings: ProviderSettings): Provider {
    const endpoint = endpointOf(settings, 'https://api.acme.example', { 'x-acme-key': settings.apiKey ?? '' });
    return {
      chat: new HttpCapability(this.upstream, settings, new AcmeDialect(endpoint)),
      listModels: async (cancellation) => {
        const response = await this.upstream.request(endpoint.get('/engines'), { ...settings, cancellation });
        if (response.status !== 200) throw toAcmeError(response);
        const { engines } = parse(response.body) as { engines: string[] };
        return engines;
      },
    };
  }
}

@Module({ providers: [AcmeAdapter, UpstreamClient] })
export class AcmeModule {}
