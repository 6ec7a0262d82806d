import { type ServerResponse } from 'node:http';
import { Controller, Get, Res } from '@nestjs/common';
import { MetricsService } from '../../extensions/metrics/metrics.service.js';
import { OpenAdminRoute } from '../admin-route.decorator.js';
import { TEXT } from '../answer-schema.js';
import { Documented } from '../route-documentation.decorator.js';

/** What Prometheus reads. Like the probes it asks for no token. */
@OpenAdminRoute()
@Controller()
export class MetricsController {
  constructor(private readonly metrics: MetricsService) {}

  @Get('metrics')
  @Documented({ summary: 'Read the metrics', answer: { 'text/plain': TEXT } })
  async render(@Res() response: ServerResponse): Promise<void> {
    const text = await this.metrics.render();
    response.setHeader('content-type', this.metrics.contentType);
    response.setHeader('cache-control', 'no-store');
    response.end(text);
  }
}
