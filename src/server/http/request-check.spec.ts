import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { findFault, MAX_HEADERS, MAX_URL_LENGTH } from './request-check.js';

function requestOf(headers: [string, string][], { method = 'POST', url = '/v1/models', version = '1.1' } = {}) {
  const request = new IncomingMessage(new Socket());
  request.method = method;
  request.url = url;
  request.httpVersion = version;
  request.httpVersionMajor = Number(version.split('.')[0]);
  request.httpVersionMinor = Number(version.split('.')[1]);
  request.rawHeaders = headers.flat();
  return request;
}

const HOST: [string, string] = ['Host', 'gateway.example'];

describe('findFault', () => {
  it.each(['gateway.example', 'localhost:8080', 'api_1.internal-net', '127.0.0.1:80', '[::1]', '[2001:db8::1]:8080'])(
    'takes the host %s',
    (host) => {
      expect(findFault(requestOf([['HOST', host]]))).toBeUndefined();
    },
  );

  it.each(['', 'x/admin?y#', 'a b', 'user@host', 'host:', 'host:port', 'host:123456', '::1', '[::1', 'a,b', 'ünï'])(
    'refuses the host “%s”',
    (host) => {
      expect(findFault(requestOf([['host', host]]))).toBe('invalid_host');
    },
  );

  it('asks for a host from HTTP/1.1 on', () => {
    expect(findFault(requestOf([]))).toBe('invalid_host');
    expect(findFault(requestOf([], { version: '1.0' }))).toBeUndefined();
    expect(findFault(requestOf([HOST], { version: '2.0' }))).toBe('malformed_http');
    expect(findFault(requestOf([HOST], { version: '0.9' }))).toBe('malformed_http');
  });

  it.each(['Authorization', 'content-type', 'Content-Length'])('refuses a second %s, however it is spelt', (name) => {
    expect(findFault(requestOf([HOST, [name, '1']]))).toBeUndefined();
    expect(findFault(requestOf([HOST, [name, '1'], [name.toUpperCase(), '1']]))).toBe('duplicate_header');
  });

  it('refuses a second Host as an invalid one', () => {
    expect(findFault(requestOf([HOST, HOST]))).toBe('invalid_host');
  });

  it('takes no transfer encoding but chunked, and none twice', () => {
    const te = (value: string): [string, string] => ['Transfer-Encoding', value];
    expect(findFault(requestOf([HOST, te('Chunked')]))).toBeUndefined();
    expect(findFault(requestOf([HOST, te('xchunked')]))).toBe('unsupported_transfer_encoding');
    expect(findFault(requestOf([HOST, te('gzip, chunked')]))).toBe('unsupported_transfer_encoding');
    expect(findFault(requestOf([HOST, te('chunked'), te('chunked')]))).toBe('duplicate_header');
    expect(findFault(requestOf([HOST, te('chunked')], { version: '1.0' }))).toBe('unsupported_transfer_encoding');
  });

  it('lets other headers repeat, and other names of the same length through', () => {
    expect(findFault(requestOf([HOST, ['Via', 'a'], ['Via', 'b'], ['From', 'a/b'], ['From', 'a/b']]))).toBeUndefined();
  });

  it('counts headers and characters of the URL', () => {
    const headers = Array.from({ length: MAX_HEADERS - 1 }, (_, index): [string, string] => [`x-${index}`, '1']);
    expect(findFault(requestOf([HOST, ...headers]))).toBeUndefined();
    expect(findFault(requestOf([HOST, ...headers, ['x', '1']]))).toBe('header_too_large');
    expect(findFault(requestOf([HOST], { url: '/'.padEnd(MAX_URL_LENGTH, 'x') }))).toBeUndefined();
    expect(findFault(requestOf([HOST], { url: '/'.padEnd(MAX_URL_LENGTH + 1, 'x') }))).toBe('header_too_large');
  });

  it('refuses TRACE', () => {
    expect(findFault(requestOf([HOST], { method: 'TRACE' }))).toBe('method_not_allowed');
  });
});
