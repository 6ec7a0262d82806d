import { Injectable, type OnModuleInit } from '@nestjs/common';
import { GatewayEventBus } from '../events/gateway-event-bus.js';
import { MetricsRead } from '../events/metrics-read.js';
import { KnownNames } from '../upstream/known-names.js';
import { CircuitBreakers } from './circuit-breakers.js';
import { DeploymentsService } from './deployments.service.js';

/** Tells who reads the metrics how the deployments are, and how their names are found. */
@Injectable()
export class DispatchReadings implements OnModuleInit {
  constructor(
    private readonly bus: GatewayEventBus,
    private readonly circuits: CircuitBreakers,
    private readonly deployments: DeploymentsService,
    private readonly names: KnownNames,
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
      this.tellOfNames(read);
    });
  }

  private tellOfNames(read: MetricsRead): void {
    for (const [result, { count, seconds }] of Object.entries(this.names.lookups)) {
      read.tell('name_lookups_total', count, { result });
      read.tell('name_lookup_seconds_total', seconds, { result });
    }
    read.tell('name_lookups_under_way', this.names.underWay);
    read.tell('name_stand_ins_total', this.names.standIns);
  }
}
