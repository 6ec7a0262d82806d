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
import { AliasBody, AliasesQuery, AliasSettings } from './aliases.dto.js';
import { ALIAS, ALIAS_PAGE } from './routing.schemas.js';
import { type AliasPage, AliasesService, type ShownAlias } from './aliases.service.js';

/** Aliases: other names of models. */
@AdminRoute()
@Controller('admin/aliases')
export class AliasesController {
  constructor(
    private readonly aliases: AliasesService,
    private readonly idempotent: IdempotentChanges,
  ) {}

  @Post()
  @NeedsScope('providers:write')
  @Documented({ summary: 'Make an alias', body: AliasBody, answer: ALIAS, isIdempotent: true })
  async create(
    @Req() request: AdminRequest,
    @Res({ passthrough: true }) response: ServerResponse,
    @AdminJson() body: JsonBody,
  ): Promise<ShownAlias> {
    const alias = await this.idempotent.once(request, response, body, () => this.aliases.create(request, body.value));
    locate(request, response, alias.name);
    return tagged(response, alias);
  }

  @Get()
  @NeedsScope('providers:read')
  @Documented({ summary: 'List aliases', query: AliasesQuery, answer: ALIAS_PAGE })
  list(@AdminQuery() query: AliasesQuery): Promise<AliasPage> {
    return this.aliases.list(query);
  }

  @Get(':name')
  @NeedsScope('providers:read')
  @Documented({ summary: 'Read an alias', answer: ALIAS })
  async find(@Res({ passthrough: true }) response: ServerResponse, @Param('name') name: string): Promise<ShownAlias> {
    return tagged(response, await this.aliases.find(name));
  }

  /** A JSON merge patch: what is `null` in it is cleared. */
  @Patch(':name')
  @NeedsScope('providers:write')
  @Documented({ summary: 'Change an alias', body: AliasSettings, isPatch: true, answer: ALIAS, ifMatch: 'required' })
  async patch(
    @Req() request: AdminRequest,
    @Res({ passthrough: true }) response: ServerResponse,
    @Param('name') name: string,
    @AdminJson() body: JsonBody,
  ): Promise<ShownAlias> {
    return tagged(response, await this.aliases.patch(request, name, Precondition.of(request, true), body.value));
  }

  @Delete(':name')
  @NeedsScope('providers:write')
  @HttpCode(204)
  @Documented({ summary: 'Remove an alias', ifMatch: 'required' })
  async delete(@Req() request: AdminRequest, @Param('name') name: string): Promise<void> {
    await this.aliases.delete(request, name, Precondition.of(request, true));
  }
}
