import { type ServerResponse } from 'node:http';
import { Controller, Delete, Get, HttpCode, Param, Post, Req, Res } from '@nestjs/common';
import { type JsonBody } from '../../protocol/json-body.js';
import { AdminRoute } from '../admin-route.decorator.js';
import { AdminJson, AdminQuery } from '../admin-validation.js';
import { type AdminRequest } from '../administrator.js';
import { IdempotentChanges } from '../idempotent-changes.js';
import { NeedsScope } from '../needs-scope.decorator.js';
import { locate } from '../request-path.js';
import { Documented } from '../route-documentation.decorator.js';
import { type NewlyShownToken, type ShownToken } from './shown-token.js';
import { TokenBody, TokensQuery } from './tokens.dto.js';
import { NEW_TOKEN, TOKEN, TOKEN_PAGE } from './tokens.schemas.js';
import { type TokenPage, TokensService } from './tokens.service.js';

/** Tokens of administrators. None is ever changed: another is made in its place. */
@AdminRoute()
@Controller('admin/tokens')
export class TokensController {
  constructor(
    private readonly tokens: TokensService,
    private readonly idempotent: IdempotentChanges,
  ) {}

  /** Its secret is in the answer, and nowhere else. */
  @Post()
  @NeedsScope('tokens:write')
  @Documented({ summary: 'Make a token', body: TokenBody, answer: NEW_TOKEN, isIdempotent: true })
  async create(
    @Req() request: AdminRequest,
    @Res({ passthrough: true }) response: ServerResponse,
    @AdminJson() body: JsonBody,
  ): Promise<NewlyShownToken> {
    const token = await this.idempotent.once(request, response, body, () => this.tokens.create(request, body.value));
    locate(request, response, token.id);
    return token;
  }

  @Get()
  @NeedsScope('tokens:read')
  @Documented({ summary: 'List tokens', query: TokensQuery, answer: TOKEN_PAGE })
  list(@AdminQuery() query: TokensQuery): Promise<TokenPage> {
    return this.tokens.list(query);
  }

  @Get(':id')
  @NeedsScope('tokens:read')
  @Documented({ summary: 'Read a token', answer: TOKEN })
  find(@Param('id') id: string): Promise<ShownToken> {
    return this.tokens.find(id);
  }

  @Delete(':id')
  @HttpCode(204)
  @NeedsScope('tokens:write')
  @Documented({ summary: 'Revoke a token' })
  async revoke(@Req() request: AdminRequest, @Param('id') id: string): Promise<void> {
    await this.tokens.revoke(request, id);
  }
}
