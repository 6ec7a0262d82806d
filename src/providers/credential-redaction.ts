import { UpstreamError } from '../errors/upstream-error.js';
import { type ProviderSettings } from './provider-adapter.interface.js';

/** What is shorter is no secret, and may well be a word. */
const MIN_LENGTH = 8;

/** Where credentials stand that no setting holds: those that last for a while. */
const CREDENTIAL_HEADERS = ['authorization', 'x-amz-security-token'];

/**
 * @param sent the headers of the request that the error answers.
 * @returns the error itself where there is nothing to take out.
 */
export type Redactor = (error: unknown, sent?: Readonly<Record<string, string>>) => unknown;

/** Takes the credentials of a provider out of its errors: some services quote the key that they refuse. */
export function redactorFor(settings: ProviderSettings): Redactor {
  const { apiKey, apiKeys = [], accessKeyId, secretAccessKey, sessionToken, headers = {} } = settings;
  const known = [
    apiKey ?? '',
    ...apiKeys,
    accessKeyId ?? '',
    secretAccessKey ?? '',
    sessionToken ?? '',
    ...Object.values(headers),
  ].filter(({ length }) => length >= MIN_LENGTH);

  return (error, sent = {}) => {
    // Without a status the words are our own.
    if (!(error instanceof UpstreamError) || error.upstreamStatus === undefined) return error;
    const secrets = [...known, ...credentialsIn(sent)];
    const isQuoted = (text: string | null): boolean => text !== null && secrets.some((secret) => text.includes(secret));
    const redact = (text: string): string =>
      secrets.reduce((rest, secret) => rest.replaceAll(secret, '[redacted]'), text);
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

function credentialsIn(headers: Readonly<Record<string, string>>): string[] {
  return CREDENTIAL_HEADERS.map((name) => headers[name]?.replace(/^bearer\s+/i, '') ?? '').filter(
    ({ length }) => length >= MIN_LENGTH,
  );
}
