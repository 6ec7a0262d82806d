import { type ServerResponse } from 'node:http';
import { Controller, Delete, Get, HttpCode, Param, Patch, Post, Req, Res } from '@nestjs/common';
import { TeamSettings } from '../../owner.options.js';
import { type JsonBody } from '../../protocol/json-body.js';
import { AdminRoute } from '../admin-route.decorator.js';
import { AdminJson, AdminQuery } from '../admin-validation.js';
import { type AdminRequest } from '../administrator.js';
import { IdempotentChanges } from '../idempotent-changes.js';
import { NeedsScope } from '../needs-scope.decorator.js';
import { Precondition, tagged } from '../preconditions.js';
import { locate } from '../request-path.js';
import { Documented } from '../route-documentation.decorator.js';
import { TeamBody, TeamsQuery } from './owners.dto.js';
import { TEAM, TEAM_PAGE } from './owners.schemas.js';
import { OwnersService, type ShownOwner } from './owners.service.js';

/** Teams: what all keys may that name one. */
@AdminRoute()
@Controller('admin/teams')
export class TeamsController {
  constructor(
    private readonly owners: OwnersService,
    private readonly idempotent: IdempotentChanges,
  ) {}

  @Post()
  @NeedsScope('owners:write')
  @Documented({ summary: 'Make a team', body: TeamBody, answer: TEAM, isIdempotent: true })
  async create(
    @Req() request: AdminRequest,
    @Res({ passthrough: true }) response: ServerResponse,
    @AdminJson() body: JsonBody,
  ): Promise<ShownOwner> {
    const team = await this.idempotent.once(request, response, body, () =>
      this.owners.create(request, 'team', body.value),
    );
    locate(request, response, team.name);
    return tagged(response, team);
  }

  @Get()
  @NeedsScope('owners:read')
  @Documented({ summary: 'List teams', query: TeamsQuery, answer: TEAM_PAGE })
  async list(@AdminQuery() query: TeamsQuery): Promise<{ teams: readonly ShownOwner[]; next: string | null }> {
    const { owners: teams, next } = await this.owners.list('team', query);
    return { teams, next };
  }

  @Get(':name')
  @NeedsScope('owners:read')
  @Documented({ summary: 'Read a team', answer: TEAM })
  async find(@Res({ passthrough: true }) response: ServerResponse, @Param('name') name: string): Promise<ShownOwner> {
    return tagged(response, await this.owners.find('team', name));
  }

  /** A JSON merge patch: what is `null` in it is cleared. */
  @Patch(':name')
  @NeedsScope('owners:write')
  @Documented({
    summary: 'Change a team',
    body: TeamSettings,
    isPatch: true,
    answer: TEAM,
    ifMatch: 'required',
  })
  async patch(
    @Req() request: AdminRequest,
    @Res({ passthrough: true }) response: ServerResponse,
    @Param('name') name: string,
    @AdminJson() body: JsonBody,
  ): Promise<ShownOwner> {
    const precondition = Precondition.of(request, true);
    return tagged(response, await this.owners.patch(request, 'team', name, precondition, body.value));
  }

  @Delete(':name')
  @NeedsScope('owners:write')
  @HttpCode(204)
  @Documented({ summary: 'Remove a team', ifMatch: 'required' })
  async delete(@Req() request: AdminRequest, @Param('name') name: string): Promise<void> {
    await this.owners.delete(request, 'team', name, Precondition.of(request, true));
  }
}
