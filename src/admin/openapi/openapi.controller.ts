import { Controller, Get } from '@nestjs/common';
import { OpenAdminRoute } from '../admin-route.decorator.js';
import { type JsonSchema } from '../json-schema.js';
import { OpenApiDocument } from './openapi-document.js';

/** What the administration is, for programs. It is the same for everybody, and so asks for no token. */
@OpenAdminRoute()
@Controller()
export class OpenApiController {
  private document: JsonSchema | undefined;

  constructor(private readonly documents: OpenApiDocument) {}

  @Get('openapi.json')
  read(): JsonSchema {
    this.document ??= this.documents.build();
    return this.document;
  }
}
