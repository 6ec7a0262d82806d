import { Controller, Get } from '@nestjs/common';
import { CircuitBreakers, type CircuitState } from '../../dispatch/circuit-breakers.js';
import { AdminRoute } from '../admin-route.decorator.js';
import { NeedsScope } from '../needs-scope.decorator.js';

interface ShownCircuit {
  /** `<provider>/<model>` */
  readonly deployment: string;
  readonly state: CircuitState['state'];
}

@AdminRoute()
@Controller('admin/circuits')
export class CircuitsController {
  constructor(private readonly breakers: CircuitBreakers) {}

  /** Of the deployments that something has gone wrong with lately, in this process. */
  @Get()
  @NeedsScope('routing:read')
  list(): { circuits: ShownCircuit[] } {
    return { circuits: this.breakers.states().map(({ target, state }) => ({ deployment: target.id, state })) };
  }
}
