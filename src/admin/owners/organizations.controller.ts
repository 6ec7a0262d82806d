import { type ServerResponse } from 'node:http';
import { Controller, Delete, Get, HttpCode, Param, Patch, Post, Req, Res } from '@nestjs/common';
import { OwnerSettings } from '../../owner.options.js';
import { type JsonBody } from '../../protocol/json-body.js';
import { AdminRoute } from '../admin-route.decorator.js';
import { AdminJson, AdminQuery } from '../admin-validation.js';
import { type AdminRequest } from '../administrator.js';
import { IdempotentChanges } from '../idempotent-changes.js';
import { NeedsScope } from '../needs-scope.decorator.js';
import { Precondition, tagged } from '../preconditions.js';
import { locate } from '../request-path.js';
import { Documented } from '../route-documentation.decorator.js';
import { OrganizationBody, OrganizationsQuery } from './owners.dto.js';
import { ORGANIZATION, ORGANIZATION_PAGE } from './owners.schemas.js';
import { OwnersService, type ShownOwner } from './owners.service.js';

/** Organisations: what all keys may that name one, or whose team is of one. */
@AdminRoute()
@Controller('admin/organizations')
export class OrganizationsController {
  constructor(
    private readonly owners: OwnersService,
    private readonly idempotent: IdempotentChanges,
  ) {}

  @Post()
  @NeedsScope('owners:write')
  @Documented({ summary: 'Make an organisation', body: OrganizationBody, answer: ORGANIZATION, isIdempotent: true })
  async create(
    @Req() request: AdminRequest,
    @Res({ passthrough: true }) response: ServerResponse,
    @AdminJson() body: JsonBody,
  ): Promise<ShownOwner> {
    const organization = await this.idempotent.once(request, response, body, () =>
      this.owners.create(request, 'organization', body.value),
    );
    locate(request, response, organization.name);
    return tagged(response, organization);
  }

  @Get()
  @NeedsScope('owners:read')
  @Documented({ summary: 'List organisations', query: OrganizationsQuery, answer: ORGANIZATION_PAGE })
  async list(
    @AdminQuery() query: OrganizationsQuery,
  ): Promise<{ organizations: readonly ShownOwner[]; next: string | null }> {
    const { owners: organizations, next } = await this.owners.list('organization', query);
    return { organizations, next };
  }

  @Get(':name')
  @NeedsScope('owners:read')
  @Documented({ summary: 'Read an organisation', answer: ORGANIZATION })
  async find(@Res({ passthrough: true }) response: ServerResponse, @Param('name') name: string): Promise<ShownOwner> {
    return tagged(response, await this.owners.find('organization', name));
  }

  /** A JSON merge patch: what is `null` in it is cleared. */
  @Patch(':name')
  @NeedsScope('owners:write')
  @Documented({
    summary: 'Change an organisation',
    body: OwnerSettings,
    isPatch: true,
    answer: ORGANIZATION,
    ifMatch: 'required',
  })
  async patch(
    @Req() request: AdminRequest,
    @Res({ passthrough: true }) response: ServerResponse,
    @Param('name') name: string,
    @AdminJson() body: JsonBody,
  ): Promise<ShownOwner> {
    const precondition = Precondition.of(request, true);
    return tagged(response, await this.owners.patch(request, 'organization', name, precondition, body.value));
  }

  @Delete(':name')
  @NeedsScope('owners:write')
  @HttpCode(204)
  @Documented({ summary: 'Remove an organisation', ifMatch: 'required' })
  async delete(@Req() request: AdminRequest, @Param('name') name: string): Promise<void> {
    await this.owners.delete(request, 'organization', name, Precondition.of(request, true));
  }
}
