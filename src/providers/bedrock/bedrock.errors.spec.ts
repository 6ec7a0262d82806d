import { describe, expect, it } from 'vitest';
import { toBedrockError, toBedrockStreamError } from './bedrock.errors.js';

const answer = (status: number, body: unknown, headers: Record<string, string> = {}) => ({
  status,
  headers,
  body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
});

describe('toBedrockError', () => {
  it.each([
    [
      400,
      'ValidationException:http://internal.amazon.com/coral/com.amazon.bedrock/',
      400,
      'ValidationException',
      false,
    ],
    [403, 'AccessDeniedException', 403, 'AccessDeniedException', false],
    [404, 'ResourceNotFoundException', 404, 'ResourceNotFoundException', false],
    [408, 'ModelTimeoutException', 504, 'ModelTimeoutException', true],
    [424, 'ModelErrorException', 502, 'ModelErrorException', true],
    [429, 'ThrottlingException', 429, 'ThrottlingException', true],
    [500, 'InternalServerException', 500, 'InternalServerException', true],
    [503, 'ServiceUnavailableException', 503, 'ServiceUnavailableException', true],
    [529, undefined, 502, null, true],
  ])('%s %s', (status, type, shown, code, retryable) => {
    const headers = type === undefined ? {} : { 'x-amzn-errortype': type };
    expect(toBedrockError(answer(status, { message: 'No.' }, headers))).toMatchObject({
      status: shown,
      code,
      retryable,
      message: 'No.',
      type: 'upstream_error',
    });
  });

  it.each([
    [
      { Message: 'Who?', __type: 'com.amazon.coral.service#UnrecognizedClientException' },
      'Who?',
      'UnrecognizedClientException',
    ],
    [{ message: '' }, 'The provider answered with status 403.', null],
    ['<html>Forbidden</html>', 'The provider answered with status 403.', null],
    [[], 'The provider answered with status 403.', null],
  ])('reads %j', (body, message, code) => {
    expect(toBedrockError(answer(403, body))).toMatchObject({ message, code });
  });

  it('keeps to itself what should have been signed', () => {
    const message =
      "The request signature we calculated does not match.\n\nThe Canonical String for this request should have been\n'POST\nx-amz-security-token:secret'";
    expect(toBedrockError(answer(403, { message })).message).toBe(
      'The request signature we calculated does not match.',
    );
  });

  it('tells when to come again, and cuts what is long', () => {
    const error = toBedrockError(answer(429, { message: 'x'.repeat(5_000) }, { 'retry-after': '7' }));
    expect(error.retryAfter).toBe(7);
    expect(error.message).toHaveLength(2_001);
  });
});

describe('toBedrockStreamError', () => {
  it.each([
    ['throttlingException', 429, true],
    ['modelStreamErrorException', 502, true],
    ['internalServerException', 500, true],
    ['serviceUnavailableException', 503, true],
    ['validationException', 400, false],
    ['modelTimeoutException', 504, true],
    ['exceptionOfTomorrow', 502, true],
  ])('%s', (type, status, retryable) => {
    expect(toBedrockStreamError(type, '{"message":"No."}')).toMatchObject({
      status,
      retryable,
      message: 'No.',
      code: type.charAt(0).toUpperCase() + type.slice(1),
    });
  });

  it('says something where the provider does not', () => {
    expect(toBedrockStreamError('', 'nonsense')).toMatchObject({ status: 502, code: null });
    expect(toBedrockStreamError('', 'nonsense').message).toMatch(/broke off/);
  });
});
