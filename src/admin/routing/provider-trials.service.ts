import { Injectable } from '@nestjs/common';
import { ProviderProbe } from '../../dispatch/provider-probe.js';
import { auditEntry } from '../admin-audit.js';
import { AdminAuditRepository } from '../admin-audit.repository.js';
import { type AdminRequest } from '../administrator.js';

/** How a provider answers behind one of its keys. */
export interface ShownTrial {
  /** Its place among the keys; `null` where there is one only, or none. */
  readonly key: number | null;
  readonly ok: boolean;
  readonly milliseconds: number;
  /** As a client would get it; `null` where it answers. */
  readonly error: { readonly code: string | null; readonly status: number; readonly message: string } | null;
}

export interface ShownTrials {
  /** Behind all of its keys. */
  readonly ok: boolean;
  /** By the provider's name for it; `null` where its list of models was asked for. */
  readonly model: string | null;
  readonly results: readonly ShownTrial[];
}

/** Asks providers how they are. */
@Injectable()
export class ProviderTrialsService {
  constructor(
    private readonly probe: ProviderProbe,
    private readonly audit: AdminAuditRepository,
  ) {}

  /** Noted first: it may cost something. */
  async test(request: AdminRequest, name: string, wanted: string | undefined): Promise<ShownTrials> {
    const details = wanted === undefined ? {} : { model: wanted };
    this.probe.assertKnown(name);
    await this.audit.append(auditEntry(request, { action: 'providers.test', target: name, details }));
    const { model, results } = await this.probe.test(name, wanted);
    const shown = results.map(({ key, milliseconds, error }) => ({
      key,
      ok: error === undefined,
      milliseconds,
      error: error === undefined ? null : { code: error.code, status: error.status, message: error.message },
    }));
    return { ok: shown.every(({ ok }) => ok), model, results: shown };
  }

  async models(name: string): Promise<{ models: readonly string[] }> {
    return { models: await this.probe.models(name) };
  }
}
