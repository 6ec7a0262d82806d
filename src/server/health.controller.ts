import { type ServerResponse } from 'node:http';
import { Controller, Get, Header, HttpStatus, Res } from '@nestjs/common';
import { Readiness } from './readiness.js';

/** Probes for who runs the server. They tell nothing but yes or no, and ask for no key. */
@Controller()
export class HealthController {
  constructor(private readonly readiness: Readiness) {}

  /** The process runs. One that fails this is to be started again. */
  @Get('livez')
  @Header('cache-control', 'no-store')
  live(): { status: 'ok' } {
    return { status: 'ok' };
  }

  /** Requests are welcome. One that fails this is to be left alone for a while. */
  @Get('readyz')
  @Header('cache-control', 'no-store')
  async ready(
    @Res({ passthrough: true }) response: ServerResponse,
  ): Promise<{ status: 'ok' | 'unavailable'; reason?: string }> {
    const reason = await this.readiness.obstacle();
    if (reason === undefined) return { status: 'ok' };
    response.statusCode = HttpStatus.SERVICE_UNAVAILABLE;
    return { status: 'unavailable', reason };
  }
}
