import { type ServerResponse } from 'node:http';
import { Controller, Delete, Get, HttpCode, Param, Patch, Post, Req, Res } from '@nestjs/common';
import { TeamSettings } from '../../owner.options.js';
import { type JsonBody } from '../../protocol/json-body.js';
import { AdminRoute } from '../admin-route.decorator.js';
import { AdminJson, AdminQuery } from '../admin-validation.js';
import { type AdminRequest } from '../administrator.js';
import { IdempotentChanges } from '../idempotent-changes.js';
import { NeedsScope } from '../needs-scope.decorator.js';
import { etagOf, Precondition } from '../preconditions.js';
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
    const { answer, isReplayed } = await this.idempotent.once(request, body, () =>
      this.owners.create(request, 'team', body.value),
    );
    response.setHeader('location', `/admin/teams/${answer.name}`);
    response.setHeader('etag', etagOf(answer));
    if (isReplayed) response.setHeader('idempotent-replayed', 'true');
    return answer;
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
    const found = await this.owners.find('team', name);
    response.setHeader('etag', etagOf(found));
    return found;
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
    const changed = await this.owners.patch(request, 'team', name, precondition, body.value);
    response.setHeader('etag', etagOf(changed));
    return changed;
  }

  @Delete(':name')
  @NeedsScope('owners:write')
  @HttpCode(204)
  @Documented({ summary: 'Remove a team', ifMatch: 'required' })
  async delete(@Req() request: AdminRequest, @Param('name') name: string): Promise<void> {
    await this.owners.delete(request, 'team', name, Precondition.of(request, true));
  }
}
