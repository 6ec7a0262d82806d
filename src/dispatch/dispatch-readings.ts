import { Injectable, type OnModuleInit } from '@nestjs/common';
import { GatewayEventBus } from '../events/gateway-event-bus.js';
import { MetricsRead } from '../events/metrics-read.js';
import { CircuitBreakers } from './circuit-breakers.js';
import { DeploymentsService } from './deployments.service.js';

/** Tells who reads the metrics how the deployments are. */
@Injectable()
export class DispatchReadings implements OnModuleInit {
  constructor(
    private readonly bus: GatewayEventBus,
    private readonly circuits: CircuitBreakers,
    private readonly deployments: DeploymentsService,
  ) {}

  onModuleInit(): void {
    this.bus.on(MetricsRead, (read) => {
      for (const { target, state } of this.circuits.states()) {
        // Clients choose the names of those that are on no list.
        if (target.isUnlisted === true) continue;
        const labels = { model: target.model, provider: target.providerName };
        read.tell('circuit_open', state === 'closed' ? 0 : 1, labels);
      }
      for (const { provider, bulkhead } of this.deployments.accounts()) {
        read.tell('upstream_tries_in_flight', bulkhead.inFlight, { provider });
        read.tell('upstream_tries_waiting', bulkhead.waitingCount, { provider });
      }
    });
  }
}
