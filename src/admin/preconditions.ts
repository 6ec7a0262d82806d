import { type IncomingMessage, type ServerResponse } from 'node:http';
import { GatewayError } from '../errors/gateway-error.js';

/** The version of something as its ETag. */
export function etagOf({ version }: { readonly version: number }): string {
  return `"${version}"`;
}

/** Says the version of something that is answered with. */
export function tagged<Answer extends { readonly version: number }>(response: ServerResponse, answer: Answer): Answer {
  response.setHeader('etag', etagOf(answer));
  return answer;
}

/**
 * Whether a change was asked for of what is there now.
 * @see https://www.rfc-editor.org/rfc/rfc9110#name-if-match
 */
export class Precondition {
  /** @param isRequired whether a change may be asked for without having read what is changed. */
  constructor(
    private readonly ifMatch: string | undefined,
    isRequired: boolean,
  ) {
    if (isRequired && ifMatch === undefined) throw new GatewayError('precondition_required', { param: 'if-match' });
  }

  /** @throws GatewayError `precondition_required` where there has to be one. */
  static of({ headers }: IncomingMessage, isRequired: boolean): Precondition {
    return new Precondition(headers['if-match'], isRequired);
  }

  /** Whether the change is of one version alone, so that there is no trying again when that has gone. */
  get isOfOneVersion(): boolean {
    return this.ifMatch !== undefined && this.ifMatch.trim() !== '*';
  }

  /** @throws GatewayError `precondition_failed` */
  check(found: { readonly version: number }): void {
    if (!this.isOfOneVersion) return;
    const tags = (this.ifMatch ?? '').split(',').map((tag) => tag.trim());
    if (!tags.includes(etagOf(found))) throw new GatewayError('precondition_failed', { param: 'if-match' });
  }
}
