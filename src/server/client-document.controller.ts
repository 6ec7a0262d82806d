import { Controller, Get } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import { clientDocument } from '../endpoints/client-document.js';
import { type JsonSchema } from '../protocol/json-schema.js';

/** What clients can ask, for programs. It is the same for everybody, and so asks for no key. */
@Controller()
export class ClientDocumentController {
  private document: JsonSchema | undefined;

  constructor(private readonly discovery: DiscoveryService) {}

  @Get('openapi.json')
  read(): JsonSchema {
    this.document ??= clientDocument(
      this.discovery
        .getControllers()
        .flatMap(({ metatype }) => (typeof metatype === 'function' ? [metatype as never] : [])),
    );
    return this.document;
  }
}
