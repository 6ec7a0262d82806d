import { type IncomingMessage } from 'node:http';
import { Controller, Get, Req } from '@nestjs/common';
import { OpenAdminRoute } from '../admin-route.decorator.js';
import { pathOf } from '../request-path.js';
import { type OpenApi, OpenApiDocument } from './openapi-document.js';

const NAME = 'openapi.json';

/** What the administration is, for programs. It is the same for everybody, and so asks for no token. */
@OpenAdminRoute()
@Controller()
export class OpenApiController {
  private document: OpenApi | undefined;

  constructor(private readonly documents: OpenApiDocument) {}

  @Get(NAME)
  read(@Req() request: IncomingMessage): OpenApi {
    this.document ??= this.documents.build();
    // What stands before this route stands before all others too.
    const before = pathOf(request).slice(0, -`/${NAME}`.length);
    const paths = Object.entries(this.document.paths).map(([path, routes]) => [before + path, routes]);
    return { ...this.document, paths: Object.fromEntries(paths) as OpenApi['paths'] };
  }
}
