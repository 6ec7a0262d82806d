import { randomBytes } from 'node:crypto';
import { type IncomingHttpHeaders } from 'node:http';
import { Injectable } from '@nestjs/common';
import { GatewayError } from '../errors/gateway-error.js';
import { VIA_HEADER } from '../upstream/via-header.js';

/** As many gateways, one behind the other, as anybody may have. */
const MAX_GATEWAYS = 8;
const MARKS = /^[0-9a-f]{16}(?:, [0-9a-f]{16})*$/;

/** Refuses requests that have come through this gateway before: a provider of its, or of one behind it, leads here. */
@Injectable()
export class LoopGuard {
  /** Goes to every provider. */
  readonly mark = randomBytes(8).toString('hex');

  /**
   * @returns what goes on to providers before the own mark; `undefined` where no gateway was before this one.
   * @throws GatewayError `loop_detected`
   */
  check(headers: IncomingHttpHeaders): string | undefined {
    const via = headers[VIA_HEADER];
    // What no gateway has written goes no further.
    if (typeof via !== 'string' || !MARKS.test(via)) return undefined;
    const marks = via.split(', ');
    if (marks.includes(this.mark) || marks.length >= MAX_GATEWAYS) throw new GatewayError('loop_detected');
    return via;
  }
}
