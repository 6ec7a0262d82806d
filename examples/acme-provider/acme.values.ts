import { NO_TOKENS, type TokenUsage, UpstreamError } from '../../src/index.js';
import { type AcmeEnd, type AcmeSpent } from './acme.types.js';

export function toFinishReason(end: AcmeEnd): 'stop' | 'length' {
  return end === 'limit' ? 'length' : 'stop';
}

/** Each token stands in one bucket; Acme knows two of the eight. */
export function toUsage({ read, written }: AcmeSpent): TokenUsage {
  return { ...NO_TOKENS, inputUncached: read, output: written };
}

/** @throws UpstreamError where Acme sent no JSON. */
export function parse(json: Buffer | string): unknown {
  try {
    return JSON.parse(json.toString());
  } catch (cause) {
    throw new UpstreamError('upstream_invalid_response', { cause });
  }
}
