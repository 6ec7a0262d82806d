import { type ServerResponse } from 'node:http';
import { Controller, Delete, Get, HttpCode, Param, Patch, Post, Req, Res } from '@nestjs/common';
import { type JsonBody } from '../../protocol/json-body.js';
import { AdminRoute } from '../admin-route.decorator.js';
import { AdminJson, AdminQuery } from '../admin-validation.js';
import { type AdminRequest } from '../administrator.js';
import { IdempotentChanges } from '../idempotent-changes.js';
import { NeedsScope } from '../needs-scope.decorator.js';
import { Precondition, tagged } from '../preconditions.js';
import { readBody } from '../read-body.js';
import { locate } from '../request-path.js';
import { Documented } from '../route-documentation.decorator.js';
import { ProbeBody, ProviderBody, ProviderSettings, ProvidersQuery } from './providers.dto.js';
import { LISTED_MODELS, PROVIDER, PROVIDER_PAGE, REKEYING, TRIALS } from './routing.schemas.js';
import { type ProviderPage, ProvidersService, type RekeyingResult } from './providers.service.js';
import { ProviderTrialsService, type ShownTrials } from './provider-trials.service.js';
import { type ShownProvider } from './shown-provider.js';

/** Providers, with the secrets that they let the gateway in by: these are taken, and never given. */
@AdminRoute()
@Controller('admin/providers')
export class ProvidersController {
  constructor(
    private readonly providers: ProvidersService,
    private readonly trials: ProviderTrialsService,
    private readonly idempotent: IdempotentChanges,
  ) {}

  @Post()
  @NeedsScope('providers:write')
  @Documented({ summary: 'Make a provider', body: ProviderBody, answer: PROVIDER, isIdempotent: true })
  async create(
    @Req() request: AdminRequest,
    @Res({ passthrough: true }) response: ServerResponse,
    @AdminJson() body: JsonBody,
  ): Promise<ShownProvider> {
    const provider = await this.idempotent.once(request, response, body, () =>
      this.providers.create(request, body.value),
    );
    locate(request, response, provider.name);
    return tagged(response, provider);
  }

  @Get()
  @NeedsScope('providers:read')
  @Documented({ summary: 'List providers', query: ProvidersQuery, answer: PROVIDER_PAGE })
  list(@AdminQuery() query: ProvidersQuery): Promise<ProviderPage> {
    return this.providers.list(query);
  }

  @Get(':name')
  @NeedsScope('providers:read')
  @Documented({ summary: 'Read a provider', answer: PROVIDER })
  async find(
    @Res({ passthrough: true }) response: ServerResponse,
    @Param('name') name: string,
  ): Promise<ShownProvider> {
    return tagged(response, await this.providers.find(name));
  }

  /** A JSON merge patch: what is `null` in it is cleared. */
  @Patch(':name')
  @NeedsScope('providers:write')
  @Documented({
    summary: 'Change a provider',
    body: ProviderSettings,
    isPatch: true,
    answer: PROVIDER,
    ifMatch: 'required',
  })
  async patch(
    @Req() request: AdminRequest,
    @Res({ passthrough: true }) response: ServerResponse,
    @Param('name') name: string,
    @AdminJson() body: JsonBody,
  ): Promise<ShownProvider> {
    return tagged(response, await this.providers.patch(request, name, Precondition.of(request, true), body.value));
  }

  @Delete(':name')
  @NeedsScope('providers:write')
  @HttpCode(204)
  @Documented({ summary: 'Remove a provider', ifMatch: 'required' })
  async delete(@Req() request: AdminRequest, @Param('name') name: string): Promise<void> {
    await this.providers.delete(request, name, Precondition.of(request, true));
  }

  /** Asks it for real, behind each of its keys. */
  @Post(':name/test')
  @NeedsScope('providers:write')
  @HttpCode(200)
  @Documented({ summary: 'Try a provider', body: ProbeBody, isBodyOptional: true, answer: TRIALS })
  test(@Req() request: AdminRequest, @Param('name') name: string, @AdminJson() body: JsonBody): Promise<ShownTrials> {
    const { model } = readBody(body.value, ProbeBody);
    return this.trials.test(request, name, model);
  }

  @Get(':name/models')
  @NeedsScope('providers:read')
  @Documented({ summary: 'List the models that a provider tells', answer: LISTED_MODELS })
  models(@Param('name') name: string): Promise<{ models: readonly string[] }> {
    return this.trials.models(name);
  }

  @Post('rekey')
  @NeedsScope('providers:write')
  @HttpCode(200)
  @Documented({
    summary: 'Seal all secrets under the master key of now, and list keys and tokens that are not under it yet',
    answer: REKEYING,
  })
  rekey(@Req() request: AdminRequest): Promise<RekeyingResult> {
    return this.providers.rekey(request);
  }
}
