import { UpstreamError } from '../errors/upstream-error.js';
import { type ProviderSettings } from './provider-adapter.interface.js';

/** What is shorter is no secret, and may well be a word. */
const MIN_LENGTH = 8;

/**
 * Takes the credentials of a provider out of its errors: some services quote the key that they refuse.
 * @returns the error itself where there is nothing to take out.
 */
export function redactorFor(settings: ProviderSettings): (error: unknown) => unknown {
  const { apiKey, accessKeyId, secretAccessKey, sessionToken, headers = {} } = settings;
  const secrets = [
    apiKey ?? '',
    accessKeyId ?? '',
    secretAccessKey ?? '',
    sessionToken ?? '',
    ...Object.values(headers),
  ].filter(({ length }) => length >= MIN_LENGTH);
  const isQuoted = (text: string | null): boolean => text !== null && secrets.some((secret) => text.includes(secret));
  const redact = (text: string): string =>
    secrets.reduce((rest, secret) => rest.replaceAll(secret, '[redacted]'), text);

  return (error) => {
    // Without a status the words are our own.
    if (!(error instanceof UpstreamError) || error.upstreamStatus === undefined) return error;
    const { message, code, param, upstreamStatus, retryAfter, cause } = error;
    if (!isQuoted(message) && !isQuoted(code) && !isQuoted(param)) return error;
    return new UpstreamError('upstream_error', {
      status: upstreamStatus,
      message: redact(message),
      upstreamCode: code === null ? null : redact(code),
      ...(param === null ? {} : { param: redact(param) }),
      ...(retryAfter === undefined ? {} : { retryAfter }),
      ...(typeof cause === 'string' ? { cause: redact(cause) } : {}),
    });
  };
}
