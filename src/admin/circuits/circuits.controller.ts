import { Controller, Get } from '@nestjs/common';
import { CircuitBreakers, type CircuitState } from '../../dispatch/circuit-breakers.js';
import { AdminRoute } from '../admin-route.decorator.js';
import { answerSchema, listOf, oneOf, TEXT } from '../answer-schema.js';
import { NeedsScope } from '../needs-scope.decorator.js';
import { Documented } from '../route-documentation.decorator.js';

interface ShownCircuit {
  /** `<provider>/<model>` */
  readonly deployment: string;
  readonly state: CircuitState['state'];
}

const CIRCUIT = answerSchema<ShownCircuit>('Circuit', {
  deployment: TEXT,
  state: oneOf('closed', 'open', 'half_open'),
});
const CIRCUITS = answerSchema<{ circuits: unknown }>('Circuits', { circuits: listOf(CIRCUIT) });

@AdminRoute()
@Controller('admin/circuits')
export class CircuitsController {
  constructor(private readonly breakers: CircuitBreakers) {}

  /** Of the deployments that something has gone wrong with lately, in this process. */
  @Get()
  @NeedsScope('routing:read')
  @Documented({ summary: 'Read the circuits', answer: CIRCUITS })
  list(): { circuits: ShownCircuit[] } {
    return { circuits: this.breakers.states().map(({ target, state }) => ({ deployment: target.id, state })) };
  }
}
