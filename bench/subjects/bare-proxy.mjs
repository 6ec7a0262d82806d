/**
 * What everything is compared with: the least a proxy written in Node can do. `node:http` in, undici's `Pool.dispatch`
 * out, bytes through with back-pressure; no routing, keys, limits, accounting or error translation.
 *
 *   node bench/subjects/bare-proxy.mjs --port 9902 --target http://127.0.0.1:9901
 */
import { createServer } from 'node:http';
import { Pool } from 'undici';
import { numberOption, parseOptions } from '../options.mjs';

const options = parseOptions(process.argv.slice(2), ['port', 'target']);
const pool = new Pool(options.get('target') ?? 'http://127.0.0.1:9901');

const HOP_BY_HOP = new Set(['connection', 'keep-alive', 'transfer-encoding', 'te', 'trailer', 'upgrade']);

/**
 * @param {import('node:http').IncomingMessage} request
 * @param {import('node:http').ServerResponse} response
 * @param {Buffer | null} body
 */
function forward(request, response, body) {
  /** @type {import('undici').Dispatcher.DispatchController | undefined} */
  let upstream;
  let ended = false;
  response.on('drain', () => upstream?.resume());
  response.on('close', () => {
    if (!ended) upstream?.abort(new Error('The client left.'));
  });
  pool.dispatch(
    {
      path: request.url ?? '/',
      method: /** @type {import('undici').Dispatcher.HttpMethod} */ (request.method ?? 'GET'),
      headers: {
        'content-type': request.headers['content-type'] ?? 'application/json',
        authorization: request.headers.authorization ?? '',
      },
      body,
    },
    {
      onRequestStart(controller) {
        upstream = controller;
        if (response.destroyed) controller.abort(new Error('The client left.'));
      },
      onResponseStart(_controller, status, headers) {
        for (const name of Object.keys(headers)) if (HOP_BY_HOP.has(name)) delete headers[name];
        response.writeHead(status, headers);
      },
      onResponseData(controller, bytes) {
        if (!response.write(bytes)) controller.pause();
      },
      onResponseEnd() {
        ended = true;
        response.end();
      },
      onResponseError() {
        ended = true;
        if (response.headersSent) response.destroy();
        else response.writeHead(502).end();
      },
    },
  );
}

const server = createServer((request, response) => {
  /** @type {Buffer[]} */
  const parts = [];
  request.on('data', (/** @type {Buffer} */ part) => parts.push(part));
  request.on('end', () => {
    const [only] = parts;
    forward(request, response, parts.length > 1 ? Buffer.concat(parts) : (only ?? null));
  });
});
server.listen(numberOption(options, 'port', 9902, 1, 65_535), '127.0.0.1');
process.on('SIGTERM', () => process.exit(0));
