import { readFile } from 'node:fs/promises';
import { type IncomingMessage, type ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Controller, Get, Param, Req, Res } from '@nestjs/common';
import { GatewayError } from '../../errors/gateway-error.js';
import { OpenAdminRoute } from '../admin-route.decorator.js';

const require = createRequire(import.meta.url);

/** What the page needs of the package, and nothing else of it. */
const FILES: Readonly<Record<string, string>> = {
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
  'swagger-ui.css': 'text/css; charset=utf-8',
  'favicon-32x32.png': 'image/png',
};

const PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <title>Nestgate administration</title>
    <link rel="stylesheet" href="docs/swagger-ui.css">
    <link rel="icon" href="docs/favicon-32x32.png">
  </head>
  <body>
    <div id="page"></div>
    <script src="docs/swagger-ui-bundle.js"></script>
    <script src="docs/start.js"></script>
  </body>
</html>
`;

/** Of a script: the policy lets none run that stands in the page. A token that is typed in is forgotten with the page. */
const START = `SwaggerUIBundle({
  url: 'openapi.json',
  dom_id: '#page',
  deepLinking: true,
  validatorUrl: null,
  persistAuthorization: false,
});
`;

const HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-cache',
};

/** The OpenAPI document as a page to read and to try, for people. It holds nothing, and so asks for no token. */
@OpenAdminRoute()
@Controller('docs')
export class DocsController {
  @Get()
  page(@Req() { url = '' }: IncomingMessage, @Res() response: ServerResponse): void {
    folder();
    // From there the files that it names would be a step too deep.
    if (url.split('?')[0]?.endsWith('/') === true) {
      response.writeHead(308, { location: '../docs' }).end();
      return;
    }
    send(response, 'text/html; charset=utf-8', PAGE);
  }

  @Get('start.js')
  start(@Res() response: ServerResponse): void {
    send(response, 'text/javascript; charset=utf-8', START);
  }

  /** Read when it is asked for: nobody keeps a megabyte for a page that is hardly ever looked at. */
  @Get(':file')
  async file(@Res() response: ServerResponse, @Param('file') file: string): Promise<void> {
    const contentType = Object.hasOwn(FILES, file) ? FILES[file] : undefined;
    if (contentType === undefined) throw new GatewayError('unknown_url');
    send(response, contentType, await readFile(join(folder(), file)));
  }
}

/** @throws GatewayError that says what to do where the package is not there. */
function folder(): string {
  try {
    return dirname(require.resolve('swagger-ui-dist/package.json'));
  } catch (cause) {
    const message = 'This page needs a package: npm install --ignore-scripts swagger-ui-dist.';
    throw new GatewayError('not_found', { message, cause });
  }
}

function send(response: ServerResponse, contentType: string, content: string | Buffer): void {
  for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
  response.setHeader('content-type', contentType);
  response.end(content);
}
