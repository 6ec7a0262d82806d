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
import { type KeyPage, KeyListService } from './key-list.service.js';
import { KeyBody, KeysQuery, RotationBody } from './keys.dto.js';
import { KEY, KEY_PAGE, NEW_KEY } from './keys.schemas.js';
import { KeysService } from './keys.service.js';
import { type NewlyShownKey, type ShownKey } from './shown-key.js';

const DAY_SECONDS = 86_400;

/** Client keys, from the first day to the last. What ends a key at once asks for no ETag: there may be no time to read one. */
@AdminRoute()
@Controller('admin/keys')
export class KeysController {
  constructor(
    private readonly keys: KeysService,
    private readonly pages: KeyListService,
    private readonly idempotent: IdempotentChanges,
  ) {}

  /** Its secret is in the answer, and nowhere else. */
  @Post()
  @NeedsScope('keys:write')
  @Documented({ summary: 'Make a key', body: KeyBody, answer: NEW_KEY, isIdempotent: true })
  async create(
    @Req() request: AdminRequest,
    @Res({ passthrough: true }) response: ServerResponse,
    @AdminJson() body: JsonBody,
  ): Promise<NewlyShownKey> {
    const key = await this.idempotent.once(request, response, body, () => this.keys.create(request, body.value));
    locate(request, response, key.id);
    return tagged(response, key);
  }

  @Get()
  @NeedsScope('keys:read')
  @Documented({ summary: 'List keys', query: KeysQuery, answer: KEY_PAGE })
  list(@AdminQuery() query: KeysQuery): Promise<KeyPage> {
    return this.pages.list(query);
  }

  @Get(':id')
  @NeedsScope('keys:read')
  @Documented({ summary: 'Read a key', answer: KEY })
  async find(@Res({ passthrough: true }) response: ServerResponse, @Param('id') id: string): Promise<ShownKey> {
    return tagged(response, await this.keys.find(id));
  }

  /** A JSON merge patch: what is `null` in it is cleared. */
  @Patch(':id')
  @NeedsScope('keys:write')
  @Documented({ summary: 'Change a key', body: KeyBody, isPatch: true, answer: KEY, ifMatch: 'required' })
  async patch(
    @Req() request: AdminRequest,
    @Res({ passthrough: true }) response: ServerResponse,
    @Param('id') id: string,
    @AdminJson() body: JsonBody,
  ): Promise<ShownKey> {
    return tagged(response, await this.keys.patch(request, id, Precondition.of(request, true), body.value));
  }

  @Post(':id/rotate')
  @NeedsScope('keys:write')
  @HttpCode(200)
  @Documented({
    summary: 'Give a key another secret',
    body: RotationBody,
    isBodyOptional: true,
    answer: NEW_KEY,
    ifMatch: 'required',
  })
  async rotate(
    @Req() request: AdminRequest,
    @Res({ passthrough: true }) response: ServerResponse,
    @Param('id') id: string,
    @AdminJson() body: JsonBody,
  ): Promise<NewlyShownKey> {
    const { graceSeconds = DAY_SECONDS } = readBody(body.value, RotationBody);
    return tagged(response, await this.keys.rotate(request, id, Precondition.of(request, true), graceSeconds));
  }

  @Post(':id/disable')
  @NeedsScope('keys:write')
  @HttpCode(200)
  @Documented({ summary: 'Refuse a key for now', answer: KEY, ifMatch: 'optional' })
  async disable(
    @Req() request: AdminRequest,
    @Res({ passthrough: true }) response: ServerResponse,
    @Param('id') id: string,
  ): Promise<ShownKey> {
    return tagged(response, await this.keys.disable(request, id, Precondition.of(request, false)));
  }

  @Post(':id/enable')
  @NeedsScope('keys:write')
  @HttpCode(200)
  @Documented({ summary: 'Accept a key again', answer: KEY, ifMatch: 'optional' })
  async enable(
    @Req() request: AdminRequest,
    @Res({ passthrough: true }) response: ServerResponse,
    @Param('id') id: string,
  ): Promise<ShownKey> {
    return tagged(response, await this.keys.enable(request, id, Precondition.of(request, false)));
  }

  @Post(':id/revoke')
  @NeedsScope('keys:write')
  @HttpCode(200)
  @Documented({ summary: 'Refuse a key for good', answer: KEY, ifMatch: 'optional' })
  async revoke(
    @Req() request: AdminRequest,
    @Res({ passthrough: true }) response: ServerResponse,
    @Param('id') id: string,
  ): Promise<ShownKey> {
    return tagged(response, await this.keys.revoke(request, id, Precondition.of(request, false)));
  }

  @Delete(':id')
  @NeedsScope('keys:write')
  @HttpCode(204)
  @Documented({ summary: 'Remove a key', ifMatch: 'required' })
  async delete(@Req() request: AdminRequest, @Param('id') id: string): Promise<void> {
    await this.keys.delete(request, id, Precondition.of(request, true));
  }
}
