import { type ServerResponse } from 'node:http';
import { Controller, Delete, Get, HttpCode, Param, Patch, Post, Req, Res } from '@nestjs/common';
import { type JsonBody } from '../../protocol/json-body.js';
import { AdminRoute } from '../admin-route.decorator.js';
import { AdminJson, AdminQuery } from '../admin-validation.js';
import { type AdminRequest } from '../administrator.js';
import { IdempotentChanges } from '../idempotent-changes.js';
import { NeedsScope } from '../needs-scope.decorator.js';
import { Precondition, tagged } from '../preconditions.js';
import { locate } from '../request-path.js';
import { Documented } from '../route-documentation.decorator.js';
import { DeploymentBody, DeploymentsQuery, DeploymentSettings } from './deployments.dto.js';
import { DEPLOYMENT, DEPLOYMENT_PAGE } from './routing.schemas.js';
import {
  type DeploymentPage,
  DeploymentsAdministrationService,
  type ShownDeployment,
} from './deployments-administration.service.js';

/** Deployments: which models are at which providers. */
@AdminRoute()
@Controller('admin/deployments')
export class DeploymentsController {
  constructor(
    private readonly deployments: DeploymentsAdministrationService,
    private readonly idempotent: IdempotentChanges,
  ) {}

  @Post()
  @NeedsScope('providers:write')
  @Documented({ summary: 'Make a deployment', body: DeploymentBody, answer: DEPLOYMENT, isIdempotent: true })
  async create(
    @Req() request: AdminRequest,
    @Res({ passthrough: true }) response: ServerResponse,
    @AdminJson() body: JsonBody,
  ): Promise<ShownDeployment> {
    const deployment = await this.idempotent.once(request, response, body, () =>
      this.deployments.create(request, body.value),
    );
    locate(request, response, deployment.name);
    return tagged(response, deployment);
  }

  @Get()
  @NeedsScope('providers:read')
  @Documented({ summary: 'List deployments', query: DeploymentsQuery, answer: DEPLOYMENT_PAGE })
  list(@AdminQuery() query: DeploymentsQuery): Promise<DeploymentPage> {
    return this.deployments.list(query);
  }

  @Get(':name')
  @NeedsScope('providers:read')
  @Documented({ summary: 'Read a deployment', answer: DEPLOYMENT })
  async find(
    @Res({ passthrough: true }) response: ServerResponse,
    @Param('name') name: string,
  ): Promise<ShownDeployment> {
    return tagged(response, await this.deployments.find(name));
  }

  /** A JSON merge patch: what is `null` in it is cleared. */
  @Patch(':name')
  @NeedsScope('providers:write')
  @Documented({
    summary: 'Change a deployment',
    body: DeploymentSettings,
    isPatch: true,
    answer: DEPLOYMENT,
    ifMatch: 'required',
  })
  async patch(
    @Req() request: AdminRequest,
    @Res({ passthrough: true }) response: ServerResponse,
    @Param('name') name: string,
    @AdminJson() body: JsonBody,
  ): Promise<ShownDeployment> {
    return tagged(response, await this.deployments.patch(request, name, Precondition.of(request, true), body.value));
  }

  @Delete(':name')
  @NeedsScope('providers:write')
  @HttpCode(204)
  @Documented({ summary: 'Remove a deployment', ifMatch: 'required' })
  async delete(@Req() request: AdminRequest, @Param('name') name: string): Promise<void> {
    await this.deployments.delete(request, name, Precondition.of(request, true));
  }
}
